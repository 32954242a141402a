"""What Python prints, on its way: redacted however it is cut into pieces."""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TextIO

from analysis_jobs.redaction.addresses import HIDDEN
from analysis_jobs.redaction.broken_addresses import unfinished_address
from analysis_jobs.redaction.finding import merged_spans, spans, unfinished, without
from analysis_jobs.redaction.known import forms_of, known_secrets
from analysis_jobs.redaction.text import redacted_of, redacted_rest

# Of a word without an end, so much is waited for
_LONGEST_WORD = 8_192
# What a word has that may yet become an address with a login or a signature, or the beginning of what was cut
_UNSAFE = frozenset(":?&;#%\\=@…")


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
        parts = merged_spans(spans(text, self._forms, ended=False))
        start = unfinished(text, self._forms)
        # No secret is cut
        start = next((begin for begin, end in parts if begin < start < end), start)
        ready = without(text[:start], [part for part in parts if part[1] <= start], HIDDEN)
        word = _last_word(ready)
        self._waiting = ready[word:] + text[start:]
        return redacted_rest(ready[:word], self._forms)

    def end(self) -> str:
        """Return the rest."""
        text, self._waiting = self._waiting, ""
        return redacted_of(text, self._forms)


def _last_word(text: str) -> int:
    """Return where the last word of a text begins, if it is to wait for its end; else the end of the text."""
    tail = text[-_LONGEST_WORD:]
    broken = unfinished_address(tail)
    if broken < len(tail):
        return len(text) - len(tail) + 1 + max(tail.rfind(blank, 0, broken) for blank in " \t\r\n")
    word = tail.split()[-1:]
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
