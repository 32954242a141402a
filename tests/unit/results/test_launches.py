"""Which launches have ended, which run, and which died."""

import os
import subprocess

import pytest
from support.samples import ENDED, Connect, launch_record

from analysis_jobs.results.launches import launch_lines, line_of_launch, names_of_launches, run_names, sessions_called
from analysis_jobs.store.processes import process_identity

PAST = "2026-01-02T03:00:00+00:00"


def test_the_newest_is_first(connect: Connect) -> None:
    store = connect()
    for session, started in {"a": "2026-01-02T03:00:00+00:00", "b": "2026-01-02T03:30:00+02:00", "c": PAST}.items():
        store.put_launch(launch_record(session, started=started))
    assert [line.launch["session"] for line in launch_lines(store)] == ["a", "c", "b"]
    assert [line.launch["session"] for line in launch_lines(store, ["b"])] == ["b"]


def test_one_that_has_ended() -> None:
    line = line_of_launch(launch_record(**ENDED, process=process_identity(os.getpid())))
    assert (line.state, line.note) == ("ended", "")


def test_one_whose_process_is_seen() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        launch = launch_record(process=process_identity(process.pid), expires=PAST)
        line = line_of_launch(launch)
        assert (line.state, line.note) == ("running", f"process {process.pid}"), "whatever its claims say"
    line = line_of_launch(launch)
    assert (line.state, line.note) == ("died", "its process has ended without reporting how")


@pytest.mark.parametrize("process", [None, "another-boot pid:[1] 17 12345"])
def test_one_that_is_not_seen_from_here(process: str | None) -> None:
    line = line_of_launch(launch_record(process=process))
    assert line.state == "unknown"
    assert line.note == f"died or still running since {PAST}: not visible from here"
    line = line_of_launch(launch_record(process=process, expires=PAST))
    assert (line.state, line.note) == ("died", f"it has not ended, but its claims ran out, {PAST}")


def test_names_that_mean_one_launch(connect: Connect) -> None:
    store = connect()
    names = {"a": "happy_turing", "b": "sad_volta", "c": "sad_voltaire"}
    for session, name in names.items():
        store.put_launch(launch_record(session, run_name=name))
    assert names_of_launches(store) == {"a": "happy_turing", "c": "sad_voltaire"}


def test_sessions_by_the_beginning_of_a_session_or_a_name() -> None:
    earlier = [{"run_name": "angry_bell", "started": PAST}]
    launches = [launch_record("abc", earlier=earlier), launch_record("abd", run_name="angry_hopper")]
    assert run_names(launches[0]) == ["angry_bell", "happy_turing"]
    assert sessions_called("ab", launches) == ["abc", "abd"]
    assert sessions_called("abd", launches) == ["abd"]
    assert sessions_called("angry", launches) == ["abc", "abd"]
    assert sessions_called("happy", launches) == ["abc"]
    assert sessions_called("nobody", launches) == []
