"""Measure the sizes of tasks that a launch finds, of jobs that do nothing, against sizes that are given by hand.

Usage: sizes.py [COUNT]    (1000 by default)
"""

import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from measure import interleaved, measure, median_cpu, median_ratio, median_seconds, row
from run import known, launched_before, pipeline, write_jobs

ROUNDS = 3
BY_HAND = (100, 250, 500)
_TASK = re.compile(r".*TaskHandler.*name: (?:\w+:)*(\w+)(?: \([^;]*\))?; status: COMPLETED;.*workDir: ([^\]]+)")


def measure_sizes(place: Path) -> None:
    """New jobs at default settings, in a first launch and in a second, and by hand."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    jobs, before = write_jobs(place / "jobs", count), launched_before(place, count)
    runs = {
        f"`--jobs_per_task {size}`": partial(
            pipeline, place / str(size), jobs, "--jobs_per_task", str(size), fresh=True
        )
        for size in BY_HAND
        if size < count
    }
    found = interleaved(
        {
            **runs,
            "default, nothing known": partial(pipeline, place / "first", jobs, fresh=True),
            "default, known": partial(known, place / "known", jobs, before),
        },
        ROUNDS,
    )
    best = min((found[name] for name in runs), key=median_seconds)
    row(f"Whole command, {count:,} new jobs", "seconds", "of the best by hand", "ms of processors for a job")
    row("---", "---", "---", "---")
    for name, some in found.items():
        row(
            name,
            f"{median_seconds(some):.1f}",
            f"{median_ratio(some, best):.2f}×",
            f"{1000 * median_cpu(some) / count:.0f}",
        )
    tell_stages(place / "known" / ".nextflow.log")


def tell_stages(log: Path) -> None:
    """Print how long the tasks of each stage took, one after the other on this machine."""
    seconds: Counter[str] = Counter()
    tasks: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        if found := _TASK.match(line):
            name, folder = found.group(1), Path(found.group(2))
            began, ended = (folder / ".command.begin").stat(), (folder / ".exitcode").stat()
            seconds[name] += ended.st_mtime - began.st_mtime
            tasks[name] += 1
    print()
    row("Stage", "tasks", "seconds of all")
    row("---", "---", "---")
    for name in seconds:
        row(name, tasks[name], f"{seconds[name]:.1f}")


if __name__ == "__main__":
    measure({"sizes": measure_sizes}, [])
