"""A process that a task forks of itself, once, and that then serves it over a socket."""

import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Self

from analysis_jobs.stages.analyze.descendants import adopt_orphans, end_with_parent

# By which a task is asked to end: by Nextflow, a scheduler, or somebody at the keyboard
ASKED_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# Of all companions of this task, each of which is to have its own only: a job may write into whatever it finds open
_links = set[socket.socket]()


class Companion:
    """Such a process, which is forked when it is needed first, and again where it has ended.

    Attributes
    ----------
    number
        Of the process; None where there is none.
    link
        To it.
    """

    def __init__(self, serve: Callable[[socket.socket], object]) -> None:
        """Take what it does with its end of the link; it ends when that returns, or raises."""
        self._serve = serve
        self.number: int | None = None
        self.link: socket.socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Not in the process of a job, which ends here too
        if self.number is not None and os.getpid() == self._task:
            self.end()

    def start(self) -> None:
        """Fork it, where there is none; to be called while this process has no other thread."""
        if self.number is not None:
            return
        sys.stdout.flush()  # or what is forked would write it once more
        sys.stderr.flush()
        adopt_orphans()
        self._task = os.getpid()
        self.link, theirs = socket.socketpair()
        _links.add(self.link)
        number = os.fork()
        if number == 0:
            for link in _links:
                link.close()
            self._be_it(theirs)
        theirs.close()
        self.number = number

    def _be_it(self, link: socket.socket) -> None:
        begin(self._task)
        me = os.getpid()
        try:
            self._serve(link)
        except BaseException:
            if os.getpid() != me:  # the process of a job, which ends as Python ends
                raise
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(1)

    def end(self) -> int:
        """End it, and return its exit code, or minus the number of the signal that ended it, maybe before."""
        assert self.number
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)
        _, status = os.waitpid(self.number, 0)
        _links.discard(self.link)
        self.link.close()
        self.number = None
        return os.waitstatus_to_exitcode(status)


def begin(parent: int) -> None:
    """Begin a forked process: in a session of its own, ended as others are, and together with its parent."""
    for number in ASKED_TO_END:
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    end_with_parent(parent)
