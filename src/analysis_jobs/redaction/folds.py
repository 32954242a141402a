"""Folds: what stands between two characters of a word that somebody has broken over lines."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

# A line break, also as Python writes it, with what stands at the end of the one line (`\` of a shell) and before the
# next (indentation, the bar of a group of exceptions, the sign of a comment)
_BREAK = r"(?:\r\n|[\r\n]|\\r\\n|\\n)"
_BEFORE, _AFTER = r"(?:(?<![ \t])[ \t]+)?\\?", r"[ \t]*"
_SIGN = r"(?:[|>#][ \t]+)?"
ONE_FOLD = re.compile(rf"{_BEFORE}{_BREAK}{_AFTER}{_SIGN}")
FOLD = re.compile(rf"{_BEFORE}(?:{_BREAK}{_AFTER})+{_SIGN}")
# As it may yet become one, at the end of a text that goes on
UNFINISHED_FOLD = re.compile(rf"{_BEFORE}(?:(?:{_BREAK}{_AFTER})+(?:[|>#][ \t]*)?)?(?:\\(?:r\\?)?)?\Z")
FOLD_OR_BLANKS = re.compile(rf"{FOLD.pattern}|[ \t]+")
IN_FOLDS = frozenset(" \t\r\n\\|>#")


class View(NamedTuple):
    """A text without its folds: what is left, where in that each piece begins, and where in the text."""

    text: str
    begins: Sequence[int]
    places: Sequence[int]

    def place(self, index: int) -> int:
        """Return where a character is in the text."""
        piece = bisect_right(self.begins, index) - 1
        return self.places[piece] + index - self.begins[piece]

    def breaks(self, start: int, end: int) -> list[int]:
        """Return where in a part of what is left a piece begins, also at its start."""
        return list(self.begins[bisect_left(self.begins, start) : bisect_left(self.begins, end)])


def has_break(text: str) -> bool:
    """Return whether a text may have a fold."""
    return "\n" in text or "\r" in text or "\\n" in text


def unfolded(text: str, fold: "re.Pattern[str]" = FOLD) -> View:
    """Return a text without its folds, or without what another pattern finds."""
    gaps = [found.span() for found in fold.finditer(text)]
    places = [0, *(end for _, end in gaps)]
    pieces = [text[start:end] for start, end in zip(places, [*(start for start, _ in gaps), len(text)], strict=True)]
    return View("".join(pieces), [0, *accumulate(map(len, pieces[:-1]))], places)
