"""Two sides compared: what may be compared, each output over all pairs, and one of them drawn and listed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.index import Index
from analysis_jobs.browse.lines import lines_of, outputs_of
from analysis_jobs.browse.matching import cell_text, order_of
from analysis_jobs.results.compared import (
    ComparedJobs,
    ComparedOutput,
    OutputSummary,
    are_numbers,
    compare_lines,
    sides_in,
)
from analysis_jobs.results.sides import PARAMETER, side_of, split_term

MOST_PAIRS = 200  # pairs in each part of the table
MOST_DRAWN = 5_000
MOST_OF_A_TERM = 50  # of a column, to choose a side by
DRAWING_SIDE = 400  # of the drawing, in units of its own
_EDGE = 46
# What a side may be, and the column that has it
_LAUNCH = "launch"
_TERMS = {"tag": "tag", "code": "code", _LAUNCH: "launch", "name": "name"}
_OURS = ("parameters.analysis_name", "parameters.analysis_tag")


@dataclass(frozen=True)
class Point:
    """A pair in the drawing: where it is, and what it is."""

    x: float
    y: float
    key: str
    words: str


@dataclass(frozen=True)
class Drawing:
    """The values of B over those of A, with the line on which both are the same; ticks are places and texts."""

    points: list[Point]
    ticks: list[tuple[float, str]]
    left_out: int


@dataclass(frozen=True)
class ComparedOne:
    """What a page shows of two sides: all outputs, and one of them in full, its pairs by what is to be said of them."""

    compared: ComparedJobs
    summaries: list[OutputSummary]
    output: str
    pairs: dict[str, list[ComparedOutput]]
    left_out: int
    drawing: Drawing | None


def sides_of(index: Index, launches: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what a side may be, as terms of `analysis-jobs compare`, by what they are about.

    Parameters
    ----------
    index
        All jobs.
    launches
        What launches are called, by their sessions, as far as that is known.
    """
    found = {}
    columns = {term: name for term, name in _TERMS.items() if len(index.counts(name)) > 1}
    columns |= {f"{PARAMETER}{name.removeprefix('parameters.')}": name for name in index.varying if name not in _OURS}
    for term, name in columns.items():
        values = [cell_text(value) for value in sorted(index.counts(name), key=order_of)]
        if len(values) <= MOST_OF_A_TERM:
            found[term] = [f"{term}={launches.get(value, value) if term == _LAUNCH else value}" for value in values]
    return found


def compared(catalog: Catalog, index: Index, rows: Sequence[int], a: Sequence[str], b: Sequence[str]) -> ComparedJobs:
    """Return two sides among some jobs, compared.

    Raises
    ------
    InvalidInput
        As for `analysis_jobs.results.compared.compare_lines`.
    """
    asked = [side_of([split_term(text, name) for text in texts], name) for texts, name in ((a, "A"), (b, "B"))]
    sides = catalog.ask(lambda store: sides_in(store, *asked))
    whole = any(side.wanted.input_texts or side.wanted.code_version for side in sides)
    lines = lines_of(index, rows, catalog.whole, whole=whole)
    return compare_lines(lines, partial(outputs_of, index), *sides)


def comparison(found: ComparedJobs, output: str) -> ComparedOne:
    """Return what a page shows of two sides: of that output, or of the first that has numbers that differ."""
    summaries = found.summaries()
    names = [summary.name for summary in summaries]
    if output not in names:
        differing = [summary.name for summary in summaries if summary.largest]
        output = next(iter([*differing, *names]), "")
    pairs = {words: some for words, some in _parts(found, summaries, output) if some}
    shown = {words: some[:MOST_PAIRS] for words, some in pairs.items()}
    every = [pair for some in pairs.values() for pair in some]
    return ComparedOne(found, summaries, output, shown, len(every) - sum(map(len, shown.values())), drawing(every))


def _parts(
    found: ComparedJobs, summaries: Sequence[OutputSummary], output: str
) -> Iterator[tuple[str, list[ComparedOutput]]]:
    for summary in summaries:
        if summary.name == output:
            yield "the largest differences first", summary.largest
            yield "different without a number", summary.no_numbers
    yield "equal", [each for each in found.outputs if each.name == output and each.equal]


def drawing(pairs: Sequence[ComparedOutput]) -> Drawing | None:
    """Return the drawing of an output; None where no pair has numbers on both sides."""
    numbers = [pair for pair in pairs if are_numbers(pair)]
    shown = numbers[:MOST_DRAWN]
    if not shown:
        return None
    values = [float(value) for pair in shown for value in (pair.a, pair.b)]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    scale = _Scale(low, high)
    points = [
        Point(scale.place(pair.a), DRAWING_SIDE - scale.place(pair.b), _key(pair), _words(pair))
        for pair in reversed(shown)
    ]
    return Drawing(points, list(scale.ticks()), len(numbers) - len(shown))


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def place(self, value: float) -> float:
        return round(_EDGE + (value - self.low) / (self.high - self.low) * (DRAWING_SIDE - 2 * _EDGE), 1)

    def ticks(self) -> Iterator[tuple[float, str]]:
        for part in range(5):
            value = self.low + (self.high - self.low) * part / 4
            yield self.place(value), f"{value:.3g}"


def _key(pair: ComparedOutput) -> str:
    return pair.pair.either.key


def _words(pair: ComparedOutput) -> str:
    return f"{pair.pair.label}: {cell_text(pair.a)} in A, {cell_text(pair.b)} in B"
