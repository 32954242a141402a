"""The nightly launch as cron and systemd start it: with an empty environment, once at a time, telling of failures."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.processes import wait_until
from pipeline.conftest import environment  # noqa: F401
from support.inbox import inbox as serve_inbox
from support.lab import PROJECT
from support.nights import CRON_PATH, EXAMPLE, Night, ended


@pytest.fixture
def night(tmp_path: Path, environment: dict[str, str]) -> Iterator[Night]:  # noqa: F811
    with serve_inbox() as inbox:
        yield Night(tmp_path, environment, inbox)


@pytest.mark.nextflow
def test_twice_nothing_is_said_and_nothing_is_left(night: Night) -> None:
    for name in ("a", "b"):
        night.job(name)
    assert night.launch() == (0, "")
    assert night.states == ["done", "done"]
    night.job("c")
    assert night.launch() == (0, "")
    assert night.states == ["done"] * 3
    assert night.runs.read_text().splitlines().count("a started") == 1
    assert night.inbox.messages == []
    assert sorted(os.listdir(night.nightly)) == ["lock", "logs"]
    assert len(night.logs) == 2


def held(night: Night, folder: Path) -> "subprocess.Popen[str]":
    """Start a launch by another `nextflow`, which ends when it may: when there is a file `go`."""
    night.stand_in(f"echo began >>{folder}/began; until [[ -e {folder}/go ]]; do sleep 0.05; done; touch {folder}/over")
    first = night.start()
    wait_until((folder / "began").exists, "it runs")
    return first


def test_a_second_one_leaves_the_first_alone(night: Night, tmp_path: Path) -> None:
    first = held(night, tmp_path)
    status, said = night.launch()
    assert status == 0
    assert said == f"nothing is launched: the launch before is running in {night.nightly}, for 0 h\n"
    assert night.inbox.messages == []
    yesterday = time.time() - 24 * 3600
    os.utime(night.nightly / "lock", (yesterday, yesterday))
    status, said = night.launch()
    assert status == 0
    assert [message["title"] for message in night.inbox.messages] == [
        f"the launch in {night.nightly} has been running for 24 h: is it stuck?"
    ]
    (tmp_path / "go").touch()
    assert ended(first) == (0, "")
    assert (tmp_path / "began").read_text() == "began\n"  # once, and no other launch


@pytest.mark.nextflow
def test_a_failure_is_told_once_by_the_pipeline(night: Night) -> None:
    night.job("a")
    night.job("it fails")
    status, said = night.launch()
    assert status == 1
    assert "jobs without a result: 1" in said  # which cron mails
    (message,) = night.inbox.messages
    assert message["title"] == "holding: 1 job without a result"
    assert sorted(os.listdir(night.nightly)) == ["lock", "logs"]
    (night.hold / "mended").touch()
    assert night.launch() == (0, "")
    assert night.states == ["done", "done"]
    assert len(night.inbox.messages) == 1


@pytest.mark.nextflow
def test_a_launch_that_stops_before_its_jobs_is_told_of(night: Night) -> None:
    night.job("a")
    (night.folder / "analysis.py").unlink()
    status, said = night.launch()
    assert status == 1
    (message,) = night.inbox.messages
    assert message["title"] == f"the launch in {night.nightly} ended early, with status 1"
    assert "analysis.py" in message["message"]
    assert "the message was sent" in said
    assert "planted-path" not in "".join([said, *night.logs])


@pytest.mark.nextflow
def test_what_is_ended_goes_on_in_the_next_night(night: Night) -> None:
    night.job("a")
    night.job("hold analyze")
    first = night.start()
    reached = (night.hold / "hold analyze reached").exists
    finished = "a finished"
    wait_until(lambda: reached() and finished in night.runs.read_text(), "one job is done and one is held")
    first.send_signal(signal.SIGTERM)
    status, _ = ended(first)
    assert status == 1
    assert [message["title"] for message in night.inbox.messages] == [
        f"the launch in {night.nightly} ended early, with status 1"
    ]
    assert (night.nightly / "work").exists()
    (night.hold / "hold analyze go").touch()
    assert night.launch() == (0, "")
    assert night.states == ["done", "done"]
    runs = night.runs.read_text().splitlines()
    assert (runs.count("a finished") >= 1, runs.count("hold analyze finished")) == (True, 1)
    assert sorted(os.listdir(night.nightly)) == ["lock", "logs"]


def test_the_lock_is_held_also_where_the_script_alone_was_killed(night: Night, tmp_path: Path) -> None:
    first = held(night, tmp_path)
    first.kill()
    status, said = night.launch()
    assert (status, said[:19]) == (0, "nothing is launched")
    (tmp_path / "go").touch()
    wait_until((tmp_path / "over").exists, "it has ended")
    ended(first)


@pytest.mark.parametrize(
    ("reason", "is_kept"), [("analysis: ValueError: no units", False), ("infrastructure: the bucket is closed", True)]
)
def test_the_work_folder_is_kept_for_what_is_not_published(night: Night, reason: str, is_kept: bool) -> None:
    out = night.folder / "OUT"
    out.mkdir()
    (out / "jobs.tsv").write_text(f"file\tkey\tstate\treason\na.json\tk\tfailed\t{reason}\n")
    night.stand_in(f'mkdir -p work .nextflow; echo "$@" >{night.folder}/words; echo "see {out}/report.html"; exit 1')
    assert night.launch()[0] == 1
    assert (night.nightly / "work").exists() is is_kept
    assert (night.nightly / ".nextflow").exists() is is_kept
    assert night.launch()[0] == 1
    words = (night.folder / "words").read_text().split()
    assert ("-resume" in words) is is_kept
    assert words[words.index("--notify") + 1] == "failures"


def test_old_logs_go(night: Night) -> None:
    night.stand_in("exit 0")
    logs = night.nightly / "logs"
    logs.mkdir(parents=True)
    for days, name in ((29, "young.log"), (32, "old.log"), (32, "old.txt")):
        (logs / name).touch()
        os.utime(logs / name, (time.time() - days * 86400,) * 2)
    assert night.launch() == (0, "")
    assert {"young.log", "old.txt"} < set(os.listdir(logs))
    assert not (logs / "old.log").exists()


def test_settings_that_everybody_may_read_are_refused(night: Night) -> None:
    night.settings.chmod(0o644)
    status, said = night.launch()
    assert (status, said) == (
        2,
        f"{night.settings} may be read by everybody, and is a place for secrets: chmod 600 {night.settings}\n",
    )


def test_settings_that_are_not_there_are_named(night: Night) -> None:
    night.settings.unlink()
    status, said = night.launch()
    assert (status, said.partition(": ")[0]) == (2, f"there are no settings in {night.settings}")


def test_without_an_address_only_cron_is_told(night: Night) -> None:
    night.stand_in("echo it broke; exit 3")
    text = "".join(f"{line}\n" for line in night.settings.read_text().splitlines() if "ANALYSIS_NOTIFY" not in line)
    night.settings.write_text(text)
    assert night.launch() == (3, f"the launch in {night.nightly} ended early, with status 3\nit broke\n")
    assert night.inbox.messages == []


# The files beside the script


def cron_lines() -> list[str]:
    lines = (EXAMPLE / "crontab").read_text().splitlines()
    return [line for line in lines if line and not re.match(r"#|\w+=", line)]


def test_the_lines_of_cron(night: Night, tmp_path: Path) -> None:
    night.stand_in(f"touch {tmp_path}/launched")
    launch, weekly = cron_lines()
    for line in (launch, weekly):
        assert re.fullmatch(r"\d+ \d+ \* \* [*\d]", " ".join(line.split()[:5]))
        assert "%" not in line  # the end of the command, for cron
    installed, settings = launch.split()[5:]
    assert (PROJECT / Path(installed).relative_to("/opt/aind-analysis-jobs")).stat().st_mode & 0o111
    command = f"{EXAMPLE}/nightly {night.settings}" if settings == "/data/lab/nightly.env" else ""
    done = subprocess.run(["env", "-i", f"PATH={CRON_PATH}", "/bin/sh", "-c", command], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / "launched").exists()


@pytest.mark.parametrize(("status", "said"), [(0, ""), (1, "one is damaged\n")])
def test_the_weekly_line_of_cron_speaks_only_of_what_is_wrong(tmp_path: Path, status: int, said: str) -> None:
    program = tmp_path / "analysis-jobs"
    program.write_text(f'#!/bin/sh\n[ "$1 $2" = "fsck --sizes-only" ] && echo one is damaged\nexit {status}\n')
    program.chmod(0o755)
    command = (
        cron_lines()[1].split(maxsplit=5)[5].replace("/opt/aind-analysis-jobs/.venv/bin/analysis-jobs", str(program))
    )
    done = subprocess.run(["env", "-i", f"PATH={CRON_PATH}", "/bin/sh", "-c", command], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (said, "")


@pytest.fixture
def verify(tmp_path: Path) -> Callable[[str], "subprocess.CompletedProcess[str]"]:
    """Return what lets systemd look at the files, with a text in the place of the installation's."""
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd-analyze is not on PATH: install systemd")

    def look(installation: str) -> "subprocess.CompletedProcess[str]":
        for name in ("analysis-nightly.service", "analysis-nightly.timer"):
            text = (EXAMPLE / name).read_text()
            assert "/opt/aind-analysis-jobs" in text or name.endswith("timer")
            (tmp_path / name).write_text(text.replace("/opt/aind-analysis-jobs", installation))
        words = [
            program,
            "verify",
            "--man=no",
            str(tmp_path / "analysis-nightly.timer"),
            str(tmp_path / "analysis-nightly.service"),
        ]
        return subprocess.run(
            words, capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
        )

    return look


def test_systemd_takes_the_units(verify: Callable[[str], "subprocess.CompletedProcess[str]"]) -> None:
    looked = verify(str(PROJECT))
    assert (looked.returncode, looked.stderr) == (0, "")
    assert verify("/nowhere").returncode != 0  # so it does look


def test_systemd_knows_the_time() -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("systemd-analyze is not on PATH: install systemd")
    (when,) = re.findall(r"^OnCalendar=(.*)$", (EXAMPLE / "analysis-nightly.timer").read_text(), re.MULTILINE)
    told = subprocess.run([program, "calendar", when], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "02:00:00" in told.stdout
