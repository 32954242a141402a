"""What a process and the programs that it starts print, on its way: redacted by a process of its own."""

import atexit
import codecs
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

from analysis_jobs.redaction.streams import RedactedText, StreamRedactor, finish_python_streams

_BLOCK = 65_536
# Seconds for what still holds a stream when its process ends
_LAST_WORDS = 5.0


class Pump:
    """A process of its own that redacts what is written into pipes, and writes it to where it is to go.

    It lives until nobody has a pipe any more, whatever becomes of who writes: no secret is ever on a disk, and what was
    said before a death is kept.
    """

    def __init__(self, targets: list[int], after: Callable[[str], str] = str) -> None:
        """Fork, and make a pipe for each target.

        Parameters
        ----------
        targets
            Descriptors to write to.
        after
            What else is done to each text.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        pipes = [os.pipe() for _ in targets]
        self._owner = os.getpid()
        self._process = os.fork()
        if self._process == 0:
            whole = False
            try:
                for _, writing in pipes:
                    os.close(writing)
                whole = _pump_alone(
                    {reading: target for (reading, _), target in zip(pipes, targets, strict=True)}, after
                )
            finally:
                os._exit(0 if whole else 1)
        for reading, _ in pipes:
            os.close(reading)
        self.pipes = [writing for _, writing in pipes]

    def take_descriptors(self) -> None:
        """Let standard output and error of this process lead into the pipes."""
        for number, pipe in enumerate(self.pipes, start=1):
            os.dup2(pipe, number)
            os.close(pipe)
        self.pipes = []

    @property
    def is_mine(self) -> bool:
        """Return whether this process has started it, and not one that this was forked from."""
        return os.getpid() == self._owner

    def finish(self, seconds: float) -> bool:
        """Close the pipes here, wait so long for the rest to be written, and return whether all of it was."""
        for pipe in self.pipes:
            os.close(pipe)
        self.pipes = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ended, status = os.waitpid(self._process, os.WNOHANG)
            if ended:
                return status == 0
            time.sleep(0.001)
        return False


class PumpThread:
    """The same for one stream, by a thread of this process; what is in its pipe when this process is killed is lost."""

    def __init__(self, target: int) -> None:
        """Make a pipe for a descriptor, which may be closed then."""
        reading, self.pipe = os.pipe()
        self._whole = False
        self._thread = Thread(target=self._run, args=(reading, os.dup(target)), daemon=True)
        self._thread.start()

    def finish(self, seconds: float) -> bool:
        """Close the pipe here, once, wait so long for the rest to be written, and return whether all of it was."""
        os.close(self.pipe)
        self._thread.join(seconds)
        return self._whole

    def _run(self, source: int, target: int) -> None:
        try:
            self._whole = _pump({source: target}, str)
        finally:
            os.close(source)
            os.close(target)


def _pump_alone(targets: Mapping[int, int], after: Callable[[str], str]) -> bool:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when those do who write
    _leave_standard_streams(targets)
    return _pump(targets, after)


def _pump(targets: Mapping[int, int], after: Callable[[str], str]) -> bool:
    """Write what comes from descriptors to others, redacted, until nobody has them any more; return if all was."""
    decoders = {source: codecs.getincrementaldecoder("utf-8")("surrogateescape") for source in targets}
    redactors = {source: StreamRedactor() for source in targets}
    whole = True
    while redactors:
        for source in select.select(list(redactors), [], [])[0]:
            block = os.read(source, _BLOCK)
            piece = decoders[source].decode(block, final=not block)
            text = redactors[source].feed(piece)
            if not block:
                text += redactors.pop(source).end()
            whole &= _written(targets[source], after(text).encode("utf-8", "surrogateescape"))
    return whole


def _leave_standard_streams(targets: Mapping[int, int]) -> None:
    # It is to keep nobody's stream open but its targets
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in {0, 1, 2} - set(targets.values()):
        os.dup2(nothing, number)


def _written(target: int, content: bytes) -> bool:
    try:
        while content:
            content = content[os.write(target, content) :]
    except OSError:  # the disk is full, or whoever read it has gone; who writes is not to wait for ever
        return False
    return True


@contextmanager
def redacted_descriptors(after: Callable[[str], str] = str) -> Iterator[None]:
    """Redact all that this process, and the programs that it starts, print meanwhile."""
    finish_python_streams()
    targets = [os.dup(1), os.dup(2)]
    pump = Pump(targets, after)
    pump.take_descriptors()
    streams = [each for each in (sys.stdout, sys.stderr) if isinstance(each, RedactedText) and _leads_out(each)]
    for stream in streams:
        stream.is_redacted_behind = True
    try:
        yield
    finally:
        finish_python_streams()
        for stream in streams:
            stream.is_redacted_behind = False
        for number, target in enumerate(targets, start=1):
            os.dup2(target, number)
            os.close(target)
        pump.finish(_LAST_WORDS)


def _leads_out(stream: RedactedText) -> bool:
    try:
        return stream.fileno() in (1, 2)
    except (OSError, ValueError):  # it is none of the system's
        return False


_own: list[Pump] = []  # of a process whose descriptors are redacted until it ends


def redact_descriptors(after: Callable[[str], str] = str) -> None:
    """Redact all that this process, and the programs that it starts, print from now on, until it ends."""
    targets = [os.dup(1), os.dup(2)]
    pump = Pump(targets, after)
    pump.take_descriptors()
    for target in targets:
        os.close(target)
    _own.append(pump)
    atexit.register(finish_descriptors)


def finish_descriptors() -> None:
    """See that what was printed is written, if descriptors are redacted; what is printed from now on goes nowhere."""
    while _own:
        pump = _own.pop()
        if not pump.is_mine:  # of a process that this one was forked from
            continue
        finish_python_streams()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        pump.finish(_LAST_WORDS)
