"""Processes of a lab: found by the variable that all of its launches hand on, and by the stage that they run."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "CHAOS_LAB"


def processes_of(lab: Path) -> dict[int, str]:
    """Return the command of each process that lives and was started by a launch from a lab, or by what it started."""
    mark = f"{MARK}={lab}\0".encode()
    return {number: command for number in _all() if (command := _command(number)) and mark in _environment(number)}


def tasks_of(home: Path, stage: str) -> list[int]:
    """Return the processes that run a stage's script for the launches made from a folder, without their children."""
    script, work = f"/{stage.lower()}.py ", home / "work"
    found = [number for number in _all() if script in f"{_command(number)} " and _folder(number).is_relative_to(work)]
    return [number for number in found if _parent(number) not in found]


def jobs_of(home: Path) -> list[int]:
    """Return the processes in which analyses run, in tasks that were made from a folder."""
    task = set(tasks_of(home, "ANALYZE"))
    keepers = {number for number in _all() if _parent(number) in task}
    return [number for number in _all() if _parent(number) in keepers]


def send(number: int, what: signal.Signals) -> bool:
    """Send a signal, and return whether there was still a process to get it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, what)
        return True
    return False


def end_all_of(lab: Path) -> None:
    """Kill all that a lab has left running."""
    end = time.monotonic() + 20
    while (left := processes_of(lab)) and time.monotonic() < end:
        for number in left:
            send(number, signal.SIGKILL)
        time.sleep(0.1)


def _all() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _read(number: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{number}/{name}").read_bytes()
    except OSError:  # it has ended, or is another user's
        return b""


def _command(number: int) -> str:
    return _read(number, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


def _environment(number: int) -> bytes:
    return _read(number, "environ")


def _folder(number: int) -> Path:
    try:
        return Path(f"/proc/{number}/cwd").readlink()
    except OSError:
        return Path("/")


def _parent(number: int) -> int:
    fields = _read(number, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0
