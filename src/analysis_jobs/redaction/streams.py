"""What is printed, on its way: redacted however it is cut into pieces, by Python or by a program that it starts."""

import atexit
import codecs
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from analysis_jobs.redaction.addresses import HIDDEN
from analysis_jobs.redaction.known import forms_of, known_secrets
from analysis_jobs.redaction.text import redacted_of

_BLOCK = 65_536
# Of a word without an end, so much is waited for
_LONGEST_WORD = 8_192
# What a word has that may yet become an address with a login or a signature, or the beginning of what was cut
_UNSAFE = frozenset(":?&;#%\\=@…")
# Seconds for what still holds a stream when its process ends
_LAST_WORDS = 5.0


class StreamRedactor:
    """Redacts a text that comes in pieces: what may be the beginning of a secret waits for the next one."""

    def __init__(self) -> None:
        """Take the secrets that this process knows now."""
        self._forms = forms_of(known_secrets())
        self._waiting = ""

    def look_for(self, forms: Sequence[str]) -> None:
        """Look for other forms of secrets from now on, as others have become known."""
        self._forms = tuple(forms)

    def feed(self, piece: str) -> str:
        """Take a piece, and return what can be said by now."""
        text = self._waiting + piece
        start = self._unfinished(text)
        ready = text[:start]
        for form in self._forms:
            ready = ready.replace(form, HIDDEN)
        word = _last_word(ready)
        self._waiting = ready[word:] + text[start:]
        return redacted_of(ready[:word], self._forms)

    def end(self) -> str:
        """Return the rest."""
        text, self._waiting = self._waiting, ""
        return redacted_of(text, self._forms)

    def _unfinished(self, text: str) -> int:
        """Return where the first secret begins that the text may end within."""
        start = len(text)
        for form in self._forms:
            begin = text.find(form[0], max(0, len(text) - len(form) + 1), start)
            while begin >= 0 and not form.startswith(text[begin:]):
                begin = text.find(form[0], begin + 1, start)
            start = begin if begin >= 0 else start
        return self._before_whole(text, start)

    def _before_whole(self, text: str, start: int) -> int:
        """Return where to cut so that no whole secret is cut."""
        for form in self._forms:
            begin = text.find(form, max(0, start - len(form) + 1), start + len(form) - 1)
            if 0 <= begin < start:
                return self._before_whole(text, begin)
        return start


def _last_word(text: str) -> int:
    """Return where the last word of a text begins, if it is to wait for its end; else the end of the text."""
    word = text[-_LONGEST_WORD:].split()[-1:]
    if not word or text[-1].isspace() or len(word[0]) == _LONGEST_WORD:
        return len(text)
    waits = not _UNSAFE.isdisjoint(word[0]) or "..." in word[0] or word[0].endswith(".")
    return len(text) - len(word[0]) if waits else len(text)


class RedactedText:
    """A text stream that redacts what is written to it; in all else it is as the stream behind it."""

    def __init__(self, stream: TextIO, after: Callable[[str], str]) -> None:
        """Take the stream behind it, and what else is done to each text."""
        self.stream, self._after = stream, after
        self._redactor = StreamRedactor()
        self._is_terminal = stream.isatty()
        self.is_redacted_behind = False

    def write(self, text: str) -> int:
        """Write a text; the end of it may wait for what comes next."""
        if self.is_redacted_behind:  # where what others write comes between
            return self.stream.write(text)
        self._redactor.look_for(forms_of(known_secrets()))
        self.stream.write(self._after(self._redactor.feed(text)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def finish(self) -> None:
        """Write what has waited."""
        self.stream.write(self._after(self._redactor.end()))
        self.stream.flush()

    def isatty(self) -> bool:
        """Return whether it was a terminal to begin with."""
        return self._is_terminal

    def __getattr__(self, name: str) -> Any:
        """Return what the stream behind has by this name."""
        return getattr(self.stream, name)


def redact_python_streams(after: Callable[[str], str] = str) -> None:
    """Redact what Python prints from now on, until this process ends."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, RedactedText(stream.stream if isinstance(stream, RedactedText) else stream, after))


def finish_python_streams() -> None:
    """See that what was printed is written."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read it has gone
            stream.finish() if isinstance(stream, RedactedText) else stream.flush()


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
            try:
                for _, writing in pipes:
                    os.close(writing)
                _pump({reading: target for (reading, _), target in zip(pipes, targets, strict=True)}, after)
            finally:
                os._exit(1)
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


def _pump(targets: Mapping[int, int], after: Callable[[str], str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when those do who write
    _leave_standard_streams(targets)
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
    os._exit(0 if whole else 1)


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
