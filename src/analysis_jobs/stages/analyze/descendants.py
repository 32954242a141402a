"""What a process has started, and what that has started in turn: found, waited for, and ended; on Linux."""

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path

from analysis_jobs.stages.analyze import ending

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # of Linux' prctl
_LOOK = 0.05  # seconds between two looks at what is running still


def adopt_orphans() -> None:
    """Become the parent of what the processes below this one leave behind, wherever they have gone."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """Let this process be killed when its parent has ended, which may be so already."""
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def children(of: int | None = None) -> list[int]:
    """Return the children of a process, this one by default; none where the system does not tell."""
    numbers = list[int]()
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{of or os.getpid()}/task").iterdir():
            with contextlib.suppress(OSError):  # it has just ended, and another one has its children now
                numbers += map(int, (thread / "children").read_text().split())
    return numbers


def wait_for_descendants(before: set[int]) -> tuple[str, ...]:
    """Wait, for a bounded time, for children but those that were there before; return the names of what stays."""
    end = time.monotonic() + ending.GRACE
    while mine := set(children()) - before:
        for number in mine:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)
        if time.monotonic() > end:
            return tuple(sorted(filter(None, map(_name_of, _descendants(mine)))))
        time.sleep(_LOOK)
    return ()


def end_descendants(before: set[int]) -> None:
    """End every descendant but those that were there before, until none is left.

    Parents first: a shell that sees the end of what it waits for says so in the log, or goes on to its next line.
    """
    while descendants := _descendants(set(children()) - before):
        for number in descendants:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        for number in descendants:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, 0)


def _descendants(numbers: set[int]) -> list[int]:
    """Return processes and all below them, each after its parent."""
    descendants, waiting = dict[int, None](), list(numbers)
    while waiting:
        number = waiting.pop()
        if number not in descendants:
            descendants[number] = None
            waiting.extend(children(number))
    return list(descendants)


def _name_of(number: int) -> str:
    try:
        return Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return ""
