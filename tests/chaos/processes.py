"""Processes of a lab: found by the variable that all of its launches hand on, and by the stage that they run."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MARK, LAUNCH = "CHAOS_LAB", "CHAOS_LAUNCH"


def processes_of(lab: Path) -> dict[int, str]:
    """Return the command of each process that lives and was started by a launch from a lab, or by what it started."""
    mark = f"{MARK}={lab}\0".encode()
    return {number: command for number in _all() if (command := _command(number)) and mark in _environment(number)}


def tasks_of(lab: Path, launch: int, stage: str) -> list[int]:
    """Return the processes that run a stage's script for a launch from a lab, by its number; without their children."""
    script, mark = f"/{stage.lower()}.py ", f"{LAUNCH}={launch}\0".encode()
    found = [number for number, command in processes_of(lab).items() if script in f"{command} "]
    return [number for number in found if mark in _environment(number) and _parent(number) not in found]


def jobs_of(lab: Path, launch: int) -> list[int]:
    """Return the processes in which a launch's analyses run."""
    task = set(tasks_of(lab, launch, "ANALYZE"))
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


def _parent(number: int) -> int:
    fields = _read(number, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0
