"""The table of jobs: which columns it has, the cells of a page, and the links by which it is sorted and turned."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from analysis_jobs.browse.index import TIMES, Index
from analysis_jobs.browse.matching import cell_text
from analysis_jobs.browse.selection import Selection
from analysis_jobs.jobs.labels import code_word
from analysis_jobs.wording import cut

# By default: these, where jobs differ in them; the code, where some differ in that alone; the parameters in which they
# differ; the outputs that most have
_FIRST, _IF_SEVERAL, _LAST = ("recording", "state"), ("subject", "name", "tag"), ("changed", "seconds")
MOST_PARAMETERS, MOST_OUTPUTS = 4, 4
LONGEST_TEXT_OF_CELL = 300
_PAGES_AROUND = 2


@dataclass(frozen=True)
class Heading:
    """The head of a column: its name, how it is sorted now, and the address that sorts by it, or turns that round."""

    name: str
    sorted: str  # ascending, descending, or an empty text
    query: str
    kind: str  # number, time, or an empty text

    @property
    def group(self) -> str:
        """What the name begins with that many columns have: parameters or outputs."""
        group, _, name = self.name.partition(".")
        return group if name else ""

    @property
    def short(self) -> str:
        """The name without its group."""
        return self.name.removeprefix(f"{self.group}.")


@dataclass(frozen=True)
class Line:
    """A job: its key, and its cells as texts."""

    key: str
    state: str
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A page of the table, and the way to the others; a page is None where pages are left out."""

    headings: list[Heading]
    lines: list[Line]
    first: int
    pages: list[int | None]


def default_columns(index: Index) -> list[str]:
    """Return the columns that are shown unless somebody chooses."""
    several = [name for name in _IF_SEVERAL if len(index.counts(name)) > 1]
    of_these = {"parameters.analysis_name", "parameters.analysis_tag"}
    parameters = [name for name in index.varying if name not in of_these][:MOST_PARAMETERS]
    numbers = list(islice(filter(index.is_number, index.outputs), MOST_OUTPUTS))
    outputs = numbers or list(index.outputs)[:MOST_OUTPUTS]
    code = ["code"] if index.is_code_alone else []
    return [*_FIRST, *several, *code, *parameters, *outputs, *_LAST]


def jobs_table(index: Index, rows: Sequence[int], selection: Selection) -> Table:
    """Return the page of the table that a selection asks for; the last one where that is beyond it.

    Parameters
    ----------
    index
        All jobs.
    rows
        Those of the selection, in its order.
    selection
        Columns, page and size.
    """
    last = max(1, -(-len(rows) // selection.size))
    page = min(selection.page, last)
    first = (page - 1) * selection.size
    names = [name for name in selection.columns if name in index.columns] or default_columns(index)
    columns = [(name, index.column(name)) for name in names]
    states = index.column("state")
    lines = [
        Line(
            index.briefs[row].key,
            str(states[row]),
            [_text(name, column[row]) for name, column in columns],
        )
        for row in rows[first : first + selection.size]
    ]
    headings = [_heading(index, name, selection) for name in names]
    return Table(headings, lines, first, _pages(page, last))


def _heading(index: Index, name: str, selection: Selection) -> Heading:
    up, down = selection.sort == name, selection.sort == f"-{name}"
    turned = f"-{name}" if up or (name in TIMES and not down) else name
    order = "ascending" if up else "descending" if down else ""
    kind = "time" if name in TIMES else "number" if index.is_number(name) else ""
    return Heading(name, order, selection.query(sort=turned), kind)


def _text(name: str, value: object) -> str:
    if name in TIMES:
        return str(value or "").replace("T", " ")[: len("2026-01-31 14:00:00")]
    if isinstance(value, float):
        return f"{value:.6g}"
    if name == "code":
        return code_word(str(value or ""))
    return cut(cell_text(value), LONGEST_TEXT_OF_CELL)  # type: ignore[arg-type]


def _pages(page: int, last: int) -> list[int | None]:
    wanted = {1, last, *range(max(1, page - _PAGES_AROUND), min(last, page + _PAGES_AROUND) + 1)}
    pages: list[int | None] = []
    for number in sorted(wanted):
        if pages and number - (pages[-1] or 0) > 1:
            pages.append(None)
        pages.append(number)
    return pages
