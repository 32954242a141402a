"""The jobs that a selection leaves, in its order."""

from collections.abc import Callable, Iterable, Sequence
from math import isnan, nan
from typing import Any

from analysis_jobs.browse.index import TIMES, Cell, Index
from analysis_jobs.browse.selection import NEWEST, Selection
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.times import parse_time, seconds_of
from analysis_jobs.wording import shown

Rows = Sequence[int]


def matching_rows(index: Index, selection: Selection) -> list[int]:
    """Return the rows of the jobs that are asked for, sorted.

    Raises
    ------
    InvalidInput
        If a bound is neither a number nor a time, as its column wants.
    """
    rows: Iterable[int] = _sorted(index, selection.sort)
    if selection.latest:
        rows = [row for row in rows if row in index.latest]
    for name, texts in selection.values.items():
        allowed = _meant(index, name, set(texts))
        column = index.column(name)
        rows = [row for row in rows if column[row] in allowed]
    for name, text in selection.least.items():
        rows = _bounded(index, rows, name, text, lambda value, bound: value >= bound)
    for name, text in selection.most.items():
        rows = _bounded(index, rows, name, text, lambda value, bound: value <= bound, end=True)
    for word in selection.text.casefold().split():
        rows = _with_word(index, rows, word)
    return list(rows)


def cell_text(value: Cell) -> str:
    """Return a value as people read it, and as an address names it; of none an empty text."""
    return "" if value is None else value if isinstance(value, str) else f"{value:.15g}"


def _meant(index: Index, name: str, texts: set[str]) -> set[Cell]:
    return {value for value in index.counts(name) if cell_text(value) in texts}


def _bounded(
    index: Index, rows: Iterable[int], name: str, text: str, fits: Callable[[Any, Any], bool], *, end: bool = False
) -> list[int]:
    column: Sequence[Any] = index.column(name)
    if name in TIMES:
        bound: Any = parse_time(text, name, end=end).timestamp()
        return [row for row in rows if column[row] and fits(seconds_of(column[row]), bound)]
    if index.is_number(name):
        bound = _number(text, name)
        return [row for row in rows if column[row] is not None and fits(column[row], bound)]
    return [row for row in rows if column[row] is not None and fits(str(column[row]), text)]


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if isnan(number):  # with which nothing can be compared
        raise InvalidInput(f"a bound of {name} is {shown(text)}, and must be a number, such as 0.5")
    return number


def _with_word(index: Index, rows: Iterable[int], word: str) -> list[int]:
    """Return the rows of jobs with a word in a key, a message, the inputs or a value that is a text."""
    found: set[int] = set()
    for name in ("key", "recording", "message", "inputs", "state", "name", *index.parameters, *index.outputs):
        if name.startswith(("outputs.", "parameters.")) and index.is_number(name):
            continue
        column = index.column(name)
        values = {value for value in index.counts(name) if word in str(value).casefold()}
        if values:
            found.update(row for row, value in enumerate(column) if value in values)
    return [row for row in rows if row in found]


def _sorted(index: Index, sort: str) -> Rows:
    if sort == NEWEST:
        return index.newest_first
    name, down = sort.removeprefix("-"), sort.startswith("-")
    column = index.column(name)
    having = [row for row in index.newest_first if column[row] is not None]
    number = index.is_number(name)
    having.sort(key=lambda row: column[row] if number else order_of(column[row]), reverse=down)  # type: ignore[return-value, arg-type]
    return [*having, *(row for row in index.newest_first if column[row] is None)]


def order_of(value: Cell) -> tuple[bool, float, str]:
    """Return what values of a column are sorted by: numbers first."""
    return (True, 0.0, value.casefold()) if isinstance(value, str) else (False, float(value or 0), "")
