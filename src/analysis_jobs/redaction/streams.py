"""What Python prints, on its way: redacted however it is cut into pieces."""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TextIO

from analysis_jobs.redaction.addresses import HIDDEN
from analysis_jobs.redaction.known import forms_of, known_secrets
from analysis_jobs.redaction.text import redacted_of

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
