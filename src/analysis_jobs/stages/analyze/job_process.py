"""The process of a job: forked with what is imported, in a session of its own, and ended as Python ends.

A job can thus neither stop its neighbours nor be taken for one of them, and what it leaves running ends with it.
"""

import contextlib
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from analysis_jobs.stages.analyze.companion import ASKED_TO_END, Companion, begin
from analysis_jobs.stages.analyze.descendants import children, end_descendants, wait_for_descendants

# After a job was told that its time is over, it has so long to write down where it was.
_LAST_WORDS = 2.0
_AWAKE = 1.0  # seconds, after which the parent of jobs is woken, as a job may have stopped it
_FIRST_TO_GO = "500"  # of at most 1000
_MOST = 65_536  # bytes that say which job is to run

# What a job does that is named by a text, and given a descriptor
RunJob = Callable[[str, int], None]


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


class JobProcesses(Companion):
    """Forks the process of each job from one that holds what jobs share, and otherwise does nothing but wait for them.

    So the parent that a job sees, and may send a signal to, is not the task with its other jobs; and a fork copies
    little, as hardly anything changes in that parent. Where a job has ended it, another one is made.
    """

    def __init__(self, prepare: Callable[[], RunJob]) -> None:
        """Take what is done once in the parent of jobs, and returns what each of them does.

        Nothing that a job raises comes back: its process ends as the interpreter does, through all frames of the
        caller, none of which may hold what is to be undone.
        """
        # An analysis that leaves the end of its children to the system, or waits for all, does so in its jobs only
        of_children = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        super().__init__(lambda link: _serve(link, prepare(), of_children))

    def run(
        self,
        job: str,
        descriptor: int,
        seconds: float | None = None,
        when_asked_to_end: Callable[[], object] = lambda: None,
    ) -> Ending:
        """Run a job in a process of its own, wait for its end, and end everything that it has left running.

        Parameters
        ----------
        job
            Names it to what runs it, in one character or more.
        descriptor
            Given to it. It stays open here.
        seconds
            After which the process is ended; None for never.
        when_asked_to_end
            Called if this process is asked to end meanwhile, when the job has been ended. Then it ends with status 128
            + the signal's number.
        """
        self.start()
        before, killed = set(children()), _out_of_memory_kills()
        with _ending_when_asked(before - {self.number}, when_asked_to_end):
            with contextlib.suppress(ConnectionError):  # where somebody has ended the parent of jobs
                socket.send_fds(self.link, [job.encode()], [descriptor])
            code = self._code_within(seconds)
            overtime = code is None
            if code is None:
                code = self._code_within(_LAST_WORDS)  # it was told before, by itself, to write down where it is
            if code is None:
                code = self.end()  # and the job with it
            left = wait_for_descendants(before) if code == 0 else ()
            end_descendants(before)
        return Ending(code, overtime, _out_of_memory_kills() > killed, left)

    def _code_within(self, seconds: float | None) -> int | None:
        """Return how the job ended; None if it runs still after so many seconds."""
        assert self.number
        end = math.inf if seconds is None else time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.link.settimeout(min(left, _AWAKE))
            try:
                said = self.link.recv(_MOST)
            except TimeoutError:
                os.kill(self.number, signal.SIGCONT)
            except ConnectionError:
                return self.end()
            else:
                return int(said) if said else self.end()
        return None


def _serve(link: socket.socket, run: RunJob, of_children: Any) -> None:
    """Fork a process for each job that is asked for, and say how it ended. Return at the end of the link."""
    parent = os.getpid()
    while True:
        job, descriptors, _, _ = socket.recv_fds(link, _MOST, 1)
        if not job:
            return
        child = os.fork()
        if child == 0:
            link.close()
            begin(parent)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if of_children is not None:
                signal.signal(signal.SIGCHLD, of_children)
            with contextlib.suppress(OSError):  # where memory is used up, the system is to take the job, not its task
                Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
            run(job.decode(), descriptors[0])
            raise SystemExit(0)
        os.close(descriptors[0])
        _, status = os.waitpid(child, 0)
        link.send(str(os.waitstatus_to_exitcode(status)).encode())


@contextlib.contextmanager
def _ending_when_asked(before: set[int], then: Callable[[], object]) -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        end_descendants(before)
        then()
        os._exit(128 + number)

    handlers = {number: signal.signal(number, end) for number in ASKED_TO_END}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


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
