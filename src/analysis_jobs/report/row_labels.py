"""What jobs and recordings are called in a report: as DEDUPE has called them, else as they are told apart in it."""

from collections.abc import Sequence

from analysis_jobs.jobs.labels import BETWEEN, Named, labels
from analysis_jobs.report.account import Row


def with_labels(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, each with a label; one of which no inputs are known is called as its file."""
    found = [_named(row) for row in rows if _lacks(row)]
    names = iter(labels(found) if found else [])
    return [{**row, "label": next(names)} if _lacks(row) else {**row, "label": label_of(row)} for row in rows]


def _lacks(row: Row) -> bool:
    return not row.get("label") and bool(row.get("inputs"))


def _named(row: Row) -> Named:
    return Named(row["inputs"], parameters=row.get("parameters") or {})


def label_of(row: Row) -> str:
    """Return the label of a row, or its file where it has none."""
    return row.get("label") or row["file"]


def recordings(rows: Sequence[Row]) -> list[str]:
    """Return what the recording of each row is called, without parameters; empty where no inputs are known."""
    names = {tuple(row["inputs"]): label_of(row).partition(BETWEEN)[0] for row in rows if row.get("inputs")}
    if len(set(names.values())) < len(names):  # what parts a label is in the name of some
        names = dict(zip(names, labels([Named(inputs) for inputs in names]), strict=True))
    return [names.get(tuple(row.get("inputs") or ()), "") for row in rows]
