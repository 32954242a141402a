"""Figures of one name side by side: a line for each recording, a column for each set of parameters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.files import Files, Listed
from analysis_jobs.browse.index import Index
from analysis_jobs.browse.matching import cell_text
from analysis_jobs.jobs.labels import code_word, labels

JOBS_OF_A_PAGE = 200  # on a page; the files of each are asked for
MOST_COLUMNS = 12
_ONE_SET = "all jobs"


@dataclass(frozen=True)
class FigureCell:
    """A figure of a job, or in words why there is none; `code` is its code in short."""

    key: str
    label: str
    code: str
    missing: str = ""


@dataclass(frozen=True)
class FigureGrid:
    """The figures of a name.

    Attributes
    ----------
    names
        Those that figures have here, and how many there are of each.
    columns
        The parameters in which the jobs differ, a text for each set.
    lines
        The recordings, each with its cells by column; of several jobs of one cell the newest is first.
    left_out
        How many jobs are on no page yet.
    """

    names: "Counter[str]"
    name: str
    columns: list[str]
    lines: dict[str, list[list[FigureCell]]]
    left_out: int


def gallery(catalog: Catalog, files: Files, rows: Sequence[int], name: str, start: int = 0) -> FigureGrid:
    """Return the figures of some jobs: of that name, or of the one that most jobs have.

    Parameters
    ----------
    catalog, files
        The store, and the bucket.
    rows
        The jobs; those of a recording stay together.
    name
        Of a figure; empty for the most frequent.
    start
        The number of the first job that is looked at.
    """
    index = catalog.index
    order = {recording: number for number, recording in enumerate(dict.fromkeys(index.recordings[row] for row in rows))}
    rows = sorted(rows, key=lambda row: order[index.recordings[row]])
    shown = list(rows[start : start + JOBS_OF_A_PAGE])
    listed = _listed(catalog, files, index, shown)
    names = Counter(line.path for each in listed.values() for line in each.figures)
    name = name or (names.most_common(1)[0][0] if names else "")
    called = dict(zip(shown, labels([index.named(row) for row in shown]), strict=True))
    varying = [name for name in index.varying if len({index.column(name)[row] for row in shown}) > 1]
    columns = _columns(index, shown, varying)
    lines: dict[str, list[list[FigureCell]]] = {}
    for row in shown:
        line = lines.setdefault(index.recordings[row], [[] for _ in columns])
        missing = _missing(index, row, listed.get(row), name)
        line[columns[_parameters(index, row, varying)]].append(
            FigureCell(index.briefs[row].key, called[row], code_word(index.briefs[row].code or ""), missing)
        )
    return FigureGrid(names, name, list(columns), lines, max(0, len(rows) - start - len(shown)))


def _listed(catalog: Catalog, files: Files, index: Index, rows: Sequence[int]) -> dict[int, Listed]:
    """Return the files of those jobs that have a record."""
    having = {row: index.briefs[row].adopted or index.briefs[row].key for row in rows if _is_done(index, row)}
    records = catalog.records(list(dict.fromkeys(having.values())))
    known = [row for row, key in having.items() if key in records]
    return dict(zip(known, files.of_each([records[having[row]] for row in known]), strict=True))


def _is_done(index: Index, row: int) -> bool:
    return index.column("state")[row] == "done"


def _missing(index: Index, row: int, listed: Listed | None, name: str) -> str:
    if listed and any(line.path == name for line in listed.lines):
        return ""
    if listed and listed.problem:
        return listed.problem
    if _is_done(index, row):
        return f"its results have no {name}" if name else "its results have no figure"
    return f"{index.column('state')[row]}: {index.column('message')[row] or 'it has no results'}"


def _columns(index: Index, rows: Sequence[int], varying: Sequence[str]) -> dict[str, int]:
    """Return the sets of parameters, in their order, each with its number."""
    texts = {_parameters(index, row, varying): _order(index, row, varying) for row in rows}
    return {text: number for number, text in enumerate(sorted(texts, key=lambda text: texts[text]))}


def _parameters(index: Index, row: int, varying: Sequence[str]) -> str:
    known = [(name.removeprefix("parameters."), index.column(name)[row]) for name in varying]
    return " · ".join(f"{name}={cell_text(value)}" for name, value in known if value is not None) or _ONE_SET


def _order(index: Index, row: int, varying: Sequence[str]) -> list[tuple[bool, float, str]]:
    values = [index.column(name)[row] for name in varying]
    return [
        (False, float(value), "") if isinstance(value, int | float) else (True, 0.0, str(value or ""))
        for value in values
    ]
