"""What a run took and cost: each result, each recording, and what came to nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from analysis_jobs.records.notes import cost_of
from analysis_jobs.report.account import Row
from analysis_jobs.report.run import Run
from analysis_jobs.wording import listed, plural, seconds_text


def costs(run: Run) -> Iterator[tuple[str, str]]:
    """Yield by name what is said of the time of a run and, where it was given a price, of its cost; nothing unknown."""
    price = run.about.get("price_per_hour")
    if run.seconds:
        yield "All jobs computed", f"{_took(run.seconds, price)}{f', at {price:g} per hour of a task' if price else ''}"
        yield from _of_what_came(run, price)
    if failed := [row for row in run.computed if row["state"] == "failed" and row["seconds"]]:
        yield "Lost to failures", f"{_took(_seconds(failed), price)}, of {plural(len(failed), 'job')}"
    if run.lost:
        yield "Lost with tasks that died", f"{_took(sum(run.lost), price)}, of {plural(len(run.lost), 'task')}"


def _of_what_came(run: Run, price: float | None) -> Iterator[tuple[str, str]]:
    if results := sum(row["state"] == "done" for row in run.computed):
        yield "Each result", f"{_took(run.seconds / results, price)}, with what failed"
    recordings = _by_recording(run.computed)
    if len(recordings) > 1:
        name, most = max(recordings.items(), key=lambda item: item[1])
        mean = _took(run.seconds / len(recordings), price)
        yield "Each recording", f"{mean}, of {len(recordings):,}; most {_took(most, price)}: {name}"


def _by_recording(rows: Sequence[Row]) -> dict[str, float]:
    """Return the seconds of all jobs with the same inputs, by their names."""
    seconds = defaultdict[str, float](float)
    for row in rows:
        if row["seconds"] and row.get("inputs"):
            seconds[listed([place.rstrip("/").rpartition("/")[2] for place in row["inputs"]])] += row["seconds"]
    return seconds


def _seconds(rows: Sequence[Row]) -> float:
    return sum(row["seconds"] or 0 for row in rows)


def _took(seconds: float, price: float | None) -> str:
    return f"{seconds_text(seconds)}{f', cost {cost_of(seconds, price):g}' if price else ''}"
