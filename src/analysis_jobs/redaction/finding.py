"""Where secrets are in a text: whole, folded over lines, or cut by their last characters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from analysis_jobs.redaction.folds import FOLD_OR_BLANKS, IN_FOLDS, UNFINISHED_FOLD, View, has_break, unfolded
from analysis_jobs.redaction.names import SHORTEST

# Of a secret that is cut: so many of its first characters tell too much wherever they are, not only where a line ends
_TELLING = 16
_LONG = 4_096  # characters, of a text in which to look for each form is the quicker
_START = 6  # characters of a form by which to see that a text has none
_NOTHING = str.maketrans(dict.fromkeys(IN_FOLDS, ""))
# How a path or an address begins, also encoded: others begin as it does, and are no secrets
_PLACE = re.compile(r"(?:[~.]|%7E)*(?:/|\\/|%(?:25)?2F)|[\w+.-]*(?::/|:\\/|%(?:25)?3A%(?:25)?2F)", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t]*(?:\\?[\r\n]|\\[rn]|\Z)")


class Span(NamedTuple):
    """A part of a text that is a secret, or most of one, and the form of the secret."""

    start: int
    end: int
    form: str
    is_whole: bool


def spans(text: str, forms: Sequence[str], *, ended: bool = True) -> Iterator[Span]:
    """Yield where forms of secrets are in a text; those of different forms may overlap.

    Parameters
    ----------
    text
        Takes a time in proportion to it, and to the number of forms.
    forms
        As `analysis_jobs.redaction.known.forms_of` returns them.
    ended
        Whether nothing follows: then what is at its end may be a secret that was cut.
    """
    for view, has_blanks in _views(text) if _may_be_folded(text, tuple(forms)) else ((_as_it_is(text), True),):
        if len(view.text) > _LONG or _starts(tuple(forms)).search(view.text):
            for form, wanted in _written(forms, has_blanks=has_blanks):
                yield from _spans_of(form, wanted, view, text, ended)


def _may_be_folded(text: str, forms: tuple[str, ...]) -> bool:
    """Return whether it is worth while to look at a text without its folds, which takes ten times as long as this."""
    if not has_break(text):
        return False
    bare = _bare(text)
    return any(most in bare for most in _bare_beginnings(forms))


@lru_cache(2)
def _bare_beginnings(forms: tuple[str, ...]) -> frozenset[str]:
    wanted = (*forms, *(squeezed for _, squeezed in _squeezed(forms)))
    return frozenset(bare for form in wanted if (bare := _bare(_most(form))))


def _bare(text: str) -> str:
    """Return a text without all that folds may consist of, wherever it is."""
    return text.replace("\\r\\n", "").replace("\\n", "").translate(_NOTHING)


def _most(form: str) -> str:
    """Return the beginning of a form that counts as the secret where it is cut."""
    return form[: max(SHORTEST, ceil(len(form) / 2))]


@lru_cache(4)
def _squeezed(forms: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the forms that have blanks, each with what it is without them."""
    both = ((form, "".join(form.split())) for form in forms)
    return [(form, squeezed) for form, squeezed in both if SHORTEST <= len(squeezed) < len(form)]


@lru_cache(2)
def _starts(forms: tuple[str, ...]) -> "re.Pattern[str]":
    """Return what finds the beginning of a form in a text, of which most have none."""
    starts = {start for form in forms for start in (form[:_START], "".join(form.split())[:_START])}
    return re.compile("|".join(map(re.escape, sorted(starts))) or "(?!)")


def _views(text: str) -> Iterator[tuple[View, bool]]:
    """Yield a text as it is, and as it was before folding, at any place and at blanks; and whether it has blanks."""
    yield _as_it_is(text), True
    if has_break(text):
        yield unfolded(text), True
        yield unfolded(text, FOLD_OR_BLANKS), False


def _as_it_is(text: str) -> View:
    return View(text, (0,), (0,))


def _written(forms: Sequence[str], *, has_blanks: bool) -> Sequence[tuple[str, str]]:
    """Return the forms to look for in a view, each with what it would be in there."""
    return list(zip(forms, forms, strict=True)) if has_blanks else _squeezed(tuple(forms))


def _spans_of(form: str, wanted: str, view: View, text: str, ended: bool) -> Iterator[Span]:
    most = wanted if _PLACE.match(wanted) else _most(wanted)
    begin = view.text.find(most)
    while begin >= 0:
        is_whole = view.text.startswith(wanted, begin)
        length = len(wanted) if is_whole else _common(wanted, view.text, begin)
        end = view.place(begin + length - 1) + 1
        if is_whole or _tells(wanted[:length], text, end, ended):
            yield Span(view.place(begin), end, form, is_whole)
            begin = view.text.find(most, begin + length)
        else:
            begin = view.text.find(most, begin + 1)


def _common(form: str, text: str, begin: int) -> int:
    """Return how many characters of a form are in a text from some place on."""
    pairs = enumerate(zip(form, text[begin : begin + len(form)], strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(form), len(text) - begin))


def _tells(part: str, text: str, end: int, ended: bool) -> bool:
    """Return whether the beginning of a secret that ends at some place is to be hidden, and is no ordinary word."""
    if len(part) >= _TELLING:
        return True
    line_end = None if part.isalpha() else _LINE_END.match(text, end)
    return line_end is not None and (ended or line_end.end() < len(text) or line_end[0].endswith(("\n", "\r")))


def merged_spans(found: Iterable[Span | tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts of a text that are to be hidden, in their order, and without overlaps."""
    parts: list[tuple[int, int]] = []
    for start, end in sorted((each[0], each[1]) for each in found):
        if parts and start < parts[-1][1]:
            parts[-1] = (parts[-1][0], max(end, parts[-1][1]))
        else:
            parts.append((start, end))
    return parts


def without(text: str, parts: Sequence[tuple[int, int]], instead: str) -> str:
    """Return a text with another one in the place of some parts of it; see `merged_spans`."""
    if not parts:
        return text
    starts = [0, *(end for _, end in parts)]
    ends = [*(start for start, _ in parts), len(text)]
    return instead.join(text[start:end] for start, end in zip(starts, ends, strict=True))


def unfinished(text: str, forms: Sequence[str]) -> int:
    """Return where the first secret begins that a text may end within, also a folded one; else the text's end."""
    if not forms:
        return len(text)
    # As long as the longest is when it is folded after each second character and indented
    window = max(0, len(text) - 8 * max(map(len, forms)) - 200)
    tail = text[window:]
    fold = UNFINISHED_FOLD.search(tail)
    before = tail[: fold.start()] if fold else tail
    odd = [form for form in forms if form[0] in IN_FOLDS]
    begins = [begin for each, some in ((before, forms), (tail, odd)) for begin in _begins_at_end(each, some)]
    return window + min(begins, default=len(tail))


def _begins_at_end(text: str, forms: Sequence[str]) -> Iterator[int]:
    for view, has_blanks in _views(text) if forms else ():
        for _, wanted in _written(forms, has_blanks=has_blanks):
            if (begin := _begin_at_end(view.text, wanted)) < len(view.text):
                yield view.place(begin)


def _begin_at_end(text: str, form: str) -> int:
    """Return where the beginning of a form is that a text ends with; else the text's end."""
    begin = text.find(form[0], max(0, len(text) - len(form) + 1))
    while begin >= 0 and not form.startswith(text[begin:]):
        begin = text.find(form[0], begin + 1)
    return begin if begin >= 0 else len(text)
