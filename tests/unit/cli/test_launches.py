"""`analysis-jobs launches`, and what other commands say of launches."""

import pytest
from support.samples import ENDED, launch_record
from support.shelf import RATES, Shelf, command
from support.terminals import on_terminal

from analysis_jobs.cli.launches import LAUNCH_COLUMNS

PAST = "2026-01-02T03:00:00+00:00"


@pytest.fixture
def launches(shelf: Shelf) -> None:
    earlier = [{"run_name": "angry_bell", "started": PAST}]
    shelf.store.put_launch(launch_record(**ENDED, cost=0.25, earlier=earlier))
    shelf.store.put_launch(launch_record("other", run_name="sad_volta", started="2026-01-03T00:00:00.123456+00:00"))
    shelf.store.put_launch(
        launch_record("lost", run_name="\x1b[31m=1+1", started="2026-01-01T00:00:00+00:00", expires=PAST)
    )


def test_the_newest_is_first(launches, place, capsys):
    said = command(capsys, "launches", *place)
    assert said.code == 0
    assert [(row["session"], row["state"], row["jobs"]) for row in said.rows] == [
        ("other", "unknown", "decided: 2 run"),
        ("this-run", "ended", "1 done, 1 failed"),
        ("lost", "died", "decided: 2 run"),
    ]
    assert said.rows[1] == {
        "session": "this-run", "run": "happy_turing", "state": "ended", "analysis": "rates", "by": "A Scientist",
        "on": "a-host", "started (UTC)": "2026-01-02T03:00:00+00:00", "minutes": "60.0", "jobs": "1 done, 1 failed",
        "note": "",
    }  # fmt: skip
    assert said.rows[0]["started (UTC)"] == "2026-01-03T00:00:00+00:00"
    assert said.rows[0]["note"] == "died or still running since 2026-01-03T00:00:00+00:00: not visible from here"
    assert said.rows[2]["run"] == "\\x1b[31m=1+1"
    assert [row["session"] for row in command(capsys, "launches", "--limit", 1, *place).rows] == ["other"]


def test_programs_get_all_of_it(launches, place, capsys):
    ended = command(capsys, "launches", "--json", *place).lines[1]
    earlier = [{"run_name": "angry_bell", "started": PAST}]
    assert ended == {**launch_record(**ENDED, cost=0.25, earlier=earlier), "note": ""}


def test_a_store_without_any(shelf, place, capsys):
    assert command(capsys, "launches", *place).out == "\t".join(LAUNCH_COLUMNS) + "\n"
    assert command(capsys, "launches", "--json", *place).out == ""


def test_one_that_is_damaged_is_named(launches, shelf, place, capsys, caplog):
    shelf.store.put_launch(launch_record("bad", decided=None))
    said = command(capsys, "launches", *place)
    assert (said.code, len(said.rows)) == (1, 3)
    assert "the launch bad in " in caplog.text


@pytest.mark.parametrize("text", ["this", "this-run", "happy", "angry_bell"])
def test_jobs_of_a_launch(launches, jobs, place, capsys, text):
    listed = command(capsys, "list", "--json", "--launch", text, *place).lines
    assert {line["key"] for line in listed} == set(jobs.values())
    assert {line["launch"] for line in listed} == {"this-run"}


def test_jobs_of_another_launch(launches, jobs, place, capsys):
    assert command(capsys, "list", "--json", "--launch", "sad", *place).lines == []


def test_jobs_of_a_launch_that_the_store_does_not_remember(jobs, place, capsys):
    assert len(command(capsys, "list", "--json", "--launch", "this", *place).lines) == len(jobs)


def test_a_launch_that_nobody_knows(jobs, place, capsys):
    said = command(capsys, "list", "--launch", "thsi", *place)
    assert said.code == 2
    assert "error: no launch has a session or a run name 'thsi'...; `analysis-jobs launches --store" in said.err


def test_a_job_names_its_launch(launches, shelf, place, capsys):
    key = shelf.done(["s3://in/a"], RATES)
    (shown,) = command(capsys, "show", key, "--json", *place).lines
    assert (shown["launch"]["session"], shown["launch"]["state"]) == ("this-run", "ended")
    said = command(capsys, "show", key, *place).out.splitlines()
    line = next(number for number, text in enumerate(said) if text.startswith("launch:"))
    assert [text[14:].strip() for text in said[line : line + 3]] == [
        "angry_bell, then happy_turing, by A Scientist on a-host, 2026-01-02 03:00:00 UTC",
        "ended: 1 done, 1 failed",
        "/results/report.html",
    ]


def test_a_job_of_a_launch_that_is_not_remembered(shelf, place, capsys):
    key = shelf.done(["s3://in/a"], RATES)
    assert command(capsys, "show", key, "--json", *place).lines[0]["launch"] is None
    assert "launch:" not in command(capsys, "show", key, *place).out


def test_on_a_terminal_the_state_and_the_name_are_whole(launches, place):
    shown = on_terminal(100, "launches", *place)
    assert all(word in shown for word in ("this-run", "happy_turing", "ended", "unknown", "2026-01-02 03:00"))
