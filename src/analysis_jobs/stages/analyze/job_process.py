"""The process of a job: forked with what is imported, in a session of its own, and ended as Python ends.

A job can thus neither stop its neighbours nor be taken for one of them, and what it leaves running ends with it.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from analysis_jobs.stages.analyze import ending

# By which a task is asked to end: by Nextflow, a scheduler, or somebody at the keyboard
ASKED_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # of Linux' prctl
# After a job was told that its time is over, it has so long to write down where it was.
_LAST_WORDS = 2.0
_FIRST_TO_GO = "500"  # of at most 1000
_LOOK = 0.05  # seconds between two looks at what a job has left running


@dataclass(frozen=True)
class Ending:
    """How the process of a job ended.

    Attributes
    ----------
    code
        Its exit code, or minus the number of the signal that ended it.
    overtime
        Whether it was ended because its time was over.
    out_of_memory
        Whether the system ended it, as memory was used up: where a control group says so.
    left
        Names of the programs that it had left running, and that were ended as they did not end within half a minute.
    """

    code: int
    overtime: bool = False
    out_of_memory: bool = False
    left: tuple[str, ...] = ()


def run_in_process(job: Callable[[], None], seconds: float | None = None) -> Ending:
    """Run something in a forked process, wait for its end, and end everything that it has left running.

    Parameters
    ----------
    job
        What to do. Nothing that it raises comes back; the process ends as the interpreter does, through all frames of
        the caller, none of which may hold what is to be undone.
    seconds
        After which the process is ended; None for never.

    Raises
    ------
    SystemExit
        With 128 + the signal's number if this process is asked to end meanwhile; then the job has been ended.
    """
    sys.stdout.flush()  # or the child would write it once more
    sys.stderr.flush()
    _adopt_orphans()
    before, killed = set(_children()), _out_of_memory_kills()
    parent = os.getpid()
    with _ending_when_asked(before):
        child = os.fork()
        if child == 0:
            _begin(parent)
            _keep()
            job()
            raise SystemExit(0)
        overtime = not _ends_within(child, seconds)
        if overtime:
            _end(child)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        left = _wait_for_others(before) if code == 0 else ()
        _end_others(before)
    return Ending(code, overtime, _out_of_memory_kills() > killed, left)


def _begin(parent: int) -> None:
    for number in ASKED_TO_END:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.setsid()
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before the line above
        os._exit(1)


def _keep() -> None:
    """Go on in a child, for which this process waits, and then ends as it did.

    So the parent that a job sees, and may send a signal to, is not the task with its other jobs.
    """
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _begin(parent)
        with contextlib.suppress(OSError):  # where memory is used up, the system is to take the job, and not its task
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
        return
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(parent, -code)
    os._exit(code)


def _adopt_orphans() -> None:
    """Become the parent of what a job's processes leave behind, wherever they have gone; on Linux."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _ends_within(child: int, seconds: float | None) -> bool:
    try:
        descriptor = os.pidfd_open(child)
    except (AttributeError, OSError):  # not Linux, or an old one: its time is the task's
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def _end(child: int) -> None:
    """End a job whose time is over; it was told before, by itself, to write down where it is."""
    _ends_within(child, _LAST_WORDS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


@contextlib.contextmanager
def _ending_when_asked(before: set[int]) -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        _end_others(before)
        os._exit(128 + number)

    handlers = {number: signal.signal(number, end) for number in ASKED_TO_END}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait_for_others(before: set[int]) -> tuple[str, ...]:
    """Wait, for a bounded time, for what a job has left running, and return the names of what stays."""
    end = time.monotonic() + ending.GRACE
    while mine := set(_children()) - before:
        for number in mine:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)
        if time.monotonic() > end:
            return tuple(sorted(filter(None, map(_name_of, _descendants(mine)))))
        time.sleep(_LOOK)
    return ()


def _name_of(number: int) -> str:
    try:
        return Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return ""


def _end_others(before: set[int]) -> None:
    """End every descendant but those that were there before, until none is left.

    Parents first: a shell that sees the end of what it waits for says so in the log, or goes on to its next line.
    """
    while descendants := _descendants(set(_children()) - before):
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
            waiting.extend(_children(number))
    return list(descendants)


def _children(of: int | None = None) -> list[int]:
    """Return the children of a process, this one by default; none where the system does not tell."""
    try:
        threads = Path(f"/proc/{of or os.getpid()}/task").iterdir()
        return [int(number) for thread in threads for number in (thread / "children").read_text().split()]
    except OSError:
        return []


def _out_of_memory_kills() -> int:
    """Return how many processes of this control group the system has ended for lack of memory."""
    for line in _control_group_events():
        name, _, count = line.partition(" ")
        if name == "oom_kill":
            return int(count)
    return 0


def _control_group_events() -> list[str]:
    try:
        groups = Path("/proc/self/cgroup").read_text().splitlines()
        path = next((line.partition("::")[2] for line in groups if line.startswith("0::")), "/")
        return (Path("/sys/fs/cgroup") / path.lstrip("/") / "memory.events").read_text().splitlines()
    except OSError:
        return []
