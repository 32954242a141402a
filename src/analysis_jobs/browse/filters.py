"""The filters of the jobs, made from what is there: values to tick, and bounds of numbers and times."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis_jobs.browse.index import TIMES, Cell, Index
from analysis_jobs.browse.matching import cell_text
from analysis_jobs.browse.selection import LEAST, MOST, ONE_OF, Selection

MOST_TICKED = 20  # to tick; a number that has more is bounded
MOST_FILTERS = 40  # beside those that are always there
_ALWAYS = ("state", "name", "tag", "subject")


@dataclass(frozen=True)
class Value:
    """A value to tick, how many jobs have it, and whether it is ticked."""

    text: str
    count: int
    ticked: bool


@dataclass(frozen=True)
class Filter:
    """A filter by a column: values to tick, or else a lower and an upper bound, and what they are now."""

    column: str
    values: list[Value]
    is_time: bool = False
    least: str = ""
    most: str = ""
    range: str = ""  # of the values that there are, in words

    @property
    def is_used(self) -> bool:
        """Whether it leaves out any job now."""
        return bool(self.least or self.most or any(value.ticked for value in self.values))


@dataclass(frozen=True)
class AskedFilter:
    """Something that is asked for, in words, and the address that does not ask for it."""

    text: str
    query: str


def filters_of(index: Index, selection: Selection) -> list[Filter]:
    """Return the filters, those that everybody needs first."""
    chosen = [*selection.values, *selection.least, *selection.most]
    varying = [name for name in index.varying if name not in ("parameters.analysis_name", "parameters.analysis_tag")]
    others = [*varying, *index.outputs][:MOST_FILTERS]
    names = dict.fromkeys([*_ALWAYS, *TIMES, *others, *(name for name in chosen if name in index.columns)])
    return [found for name in names if (found := _filter(index, selection, name))]


def _filter(index: Index, selection: Selection, name: str) -> Filter | None:
    if name in TIMES:
        least, most = (bounds.get(name, "")[:10] for bounds in (selection.least, selection.most))
        return Filter(name, [], True, least, most) if any(index.column(name)) else None
    if index.is_number(name) and _is_bounded(index, selection, name):
        return _range_filter(index, selection, name)
    counts, ticked = index.counts(name), selection.values.get(name, ())
    if not ticked and (len(counts) < 2 or len(counts) > MOST_TICKED):
        return None
    return Filter(name, _values(dict(counts.most_common(MOST_TICKED)), ticked))


def _is_bounded(index: Index, selection: Selection, name: str) -> bool:
    asked = name in selection.least or name in selection.most
    return asked or name.startswith("outputs.") or len(index.counts(name)) > MOST_TICKED


def _range_filter(index: Index, selection: Selection, name: str) -> Filter | None:
    (lowest, highest), ticked = index.bounds(name), selection.values.get(name, ())
    least, most = selection.least.get(name, ""), selection.most.get(name, "")
    if lowest == highest and not (least or most or ticked):  # no bound would tell jobs apart
        return None
    return Filter(name, _values({}, ticked), False, least, most, f"{lowest:.6g} to {highest:.6g}")


def _values(counts: dict[Cell, int], ticked: tuple[str, ...]) -> list[Value]:
    ordered = sorted(counts, key=lambda value: (isinstance(value, str), value if not isinstance(value, str) else 0))
    known = {cell_text(value): counts[value] for value in ordered}
    return [Value(text, known.get(text, 0), text in ticked) for text in dict.fromkeys([*known, *ticked])]


def asked_for(index: Index, selection: Selection) -> Iterator[AskedFilter]:
    """Yield each thing that a selection asks for, to be taken back by itself."""
    columns = set(index.columns)
    for name, value in selection.filters():
        column = name.partition(":")[2]
        unknown = f", but no job has {column}" if column and column not in columns else ""
        yield AskedFilter(f"{_in_words(name, value)}{unknown}", selection.query_without((name, value)))


def _in_words(name: str, value: str) -> str:
    for prefix, word in ((ONE_OF, "is"), (LEAST, "at least"), (MOST, "at most")):
        if name.startswith(prefix):
            return f"{name.removeprefix(prefix)} {word} {value}"
    return "the newest of its inputs and parameters" if name == "latest" else f"has “{value}” in it"
