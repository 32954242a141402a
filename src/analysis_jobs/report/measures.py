"""Duration and memory of jobs in words, for those who cannot see the plots."""

import statistics
from collections.abc import Sequence

from analysis_jobs.report.account import Row
from analysis_jobs.wording import size_text


def measures(rows: Sequence[Row]) -> dict[str, str]:
    """Return what is said under each plot, by its name; nothing where no job has been measured."""
    known = {"seconds": (seconds_text, "longest"), "peak_memory_bytes": (size_text, "most")}
    said = {}
    for name, (text, word) in known.items():
        values = [(row[name], row["file"]) for row in rows if row.get(name) not in (None, "")]
        if values:
            middle, (largest, file) = statistics.median(value for value, _ in values), max(values)
            jobs = "1 job" if len(values) == 1 else f"{len(values):,} jobs: median"
            said[name] = f"{jobs} {text(middle)}, {word} {text(largest)} ({file})"
    return said


def seconds_text(seconds: float) -> str:
    """Return a duration as a person reads it."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
