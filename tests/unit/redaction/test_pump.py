"""What a process and what it starts print arrives without secrets, however it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis_jobs.redaction.pump import Pump, PumpThread, redacted_descriptors

from .conftest import PLAIN


def test_a_pump_redacts_bytes_and_keeps_the_others(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        pump = Pump([file.fileno()])
    content = b"before\n\xff" + PLAIN.encode() + " ü\n".encode() + b"x" * 200_000
    for start in range(0, len(content), 7_001):
        os.write(pump.pipes[0], content[start : start + 7_001])
    assert pump.finish(60)
    assert (tmp_path / "log").read_bytes() == b"before\n\xff*** " + "ü\n".encode() + b"x" * 200_000


def test_a_thread_does_the_same(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        pump = PumpThread(file.fileno())
    descriptors = len(os.listdir("/proc/self/fd"))
    for part in (PLAIN[:7].encode(), PLAIN[7:].encode() + b"\xff", b"x" * 200_000):
        os.write(pump.pipe, part)
    assert pump.finish(60)
    assert (tmp_path / "log").read_bytes() == b"***\xff" + b"x" * 200_000
    assert len(os.listdir("/proc/self/fd")) == descriptors - 3


def test_a_thread_is_not_waited_for_longer(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        pump = PumpThread(file.fileno())
    held = os.dup(pump.pipe)
    assert not pump.finish(0.01)
    os.close(held)


def test_a_thread_that_cannot_write_lets_nobody_wait() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    pump = PumpThread(full)
    os.close(full)
    os.write(pump.pipe, b"x" * 60_000)
    os.write(pump.pipe, b"x" * 60_000)
    assert not pump.finish(60)


def test_a_pump_that_cannot_write_lets_nobody_wait() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    pump = Pump([full])
    os.write(pump.pipes[0], b"x" * 60_000)
    os.write(pump.pipes[0], b"x" * 60_000)
    assert not pump.finish(60)
    os.close(full)


def test_descriptors_of_a_process_and_what_it_starts(tmp_path: Path) -> None:
    there = (os.fstat(1), os.fstat(2))
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    before = os.dup(2)
    os.dup2(log, 2)
    try:
        with redacted_descriptors():
            os.system(f"printf %s {PLAIN[:7]} >&2; printf %s '{PLAIN[7:]}' >&2")
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(log)
    assert (tmp_path / "log").read_text() == "***"
    assert (os.fstat(1), os.fstat(2)) == there


TASK = """
import os, sys
from analysis_jobs.process import run_task

def main():
    print("said", os.environ["A_TOKEN"], "\\x1b[2J")
    os.system("echo $A_TOKEN >&2; echo $A_TOKEN")
    exec(sys.stdin.read())

run_task(main)
"""


@pytest.mark.parametrize(
    "end", ["", "sys.exit(3)", "raise KeyError(os.environ['A_TOKEN'])", "os.kill(os.getpid(), 15)"]
)
def test_a_task_however_it_ends(end: str, tmp_path: Path) -> None:
    script = tmp_path / "task.py"
    script.write_text(TASK)
    environment = {**os.environ, "A_TOKEN": PLAIN}
    ended = subprocess.run([sys.executable, str(script)], input=end, capture_output=True, text=True, env=environment)
    assert PLAIN not in ended.stdout + ended.stderr
    assert ended.stdout.count("***") == (1 if "kill" in end else 2)  # what Python had in its buffer is lost
    assert "***\n" in ended.stderr
    assert ended.returncode == {"": 0, "s": 3, "r": 1, "o": -15}[end[:1]]
    if end.startswith("raise"):
        assert "KeyError: '***'" in ended.stderr
