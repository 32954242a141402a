"""Duration and memory of jobs in words, for those who cannot see the plots."""

import statistics
from collections.abc import Callable, Sequence

from analysis_jobs.report.account import Row
from analysis_jobs.report.row_labels import label_of
from analysis_jobs.wording import seconds_text, size_text


def measures(rows: Sequence[Row]) -> dict[str, str]:
    """Return what is said under each plot, by its name; nothing where no job has been measured."""
    seconds = [(row["seconds"], label_of(row)) for row in rows if row["seconds"] != ""]
    memory = [(row["peak_memory_bytes"], label_of(row)) for row in rows if "peak_memory_bytes" in row]
    words = {
        "seconds": _in_words(seconds, seconds_text, "longest"),
        "peak_memory_bytes": _in_words(memory, lambda size: size_text(round(size)), "most"),
    }
    return {name: text for name, text in words.items() if text}


def _in_words(values: Sequence[tuple[float, str]], text: Callable[[float], str], word: str) -> str:
    if not values:
        return ""
    middle, (largest, name) = statistics.median(value for value, _ in values), max(values)
    jobs = "1 job" if len(values) == 1 else f"{len(values):,} jobs: median"
    return f"{jobs} {text(middle)}, {word} {text(largest)} ({name})"
