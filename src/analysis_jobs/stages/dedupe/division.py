"""Which jobs share a batch: those of a folder, those of one size, and those whose batch died in halves."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis_jobs.stages.dedupe.planner import Planned, PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing, seconds_known, tasks_note, why_known
from analysis_jobs.stages.experience import Experience

Batches = list[list[PlannedJob]]


@dataclass(frozen=True)
class Division:
    """The batches of a launch, each with its jobs in the order of their keys, and in words how many, and why.

    Of jobs that have a task each, and of which nothing is known, there is nothing to say.
    """

    batches: Batches
    note: str


def divided(planned: Planned, sizing: Sizing, known: Experience) -> Division:
    """Return the batches of the jobs to run.

    A subfolder is one batch. Jobs whose batch died are two of half the size, as one of them may have taken the others
    along, and before the last attempt each is alone. All others have batches of the size that is given, to which they
    belong by their keys alone, so that a batch keeps its members when jobs of others are done; or of that which
    `Sizing` finds.
    """
    died, rest = _parted(planned.jobs, lambda job: job.died_in)
    of_folders, free = _parted(rest, lambda job: job.folder)
    halves = [half for jobs in died for half in slices(jobs, math.ceil(len(jobs) / 2))]
    if not free:
        batches, why = [], ""
    elif sizing.jobs_per_task:
        batches, why = _by_hand(free, sizing.jobs_per_task, planned.distinct), ""
    elif known.jobs:
        batches, why = slices(free, sizing.jobs_of(len(free), seconds_known(known))), why_known(known)
    else:
        batches, why = slices(free, 1), ""
    every = [*batches, *of_folders, *halves]
    return Division(every, tasks_note(len(every), len(planned.jobs), why))


def slices(jobs: Sequence[PlannedJob], size: int) -> Batches:
    """Return jobs in batches of about one size, which is the most: by their keys, unless each is alone."""
    if size == 1:
        return [[job] for job in jobs]
    ordered = sorted(jobs)
    count = math.ceil(len(ordered) / size)
    ends = [number * len(ordered) // count for number in range(count + 1)]
    return [ordered[start:end] for start, end in pairwise(ends)]


def _by_hand(jobs: Sequence[PlannedJob], size: int, distinct: int) -> Batches:
    if size == 1:
        return slices(jobs, 1)
    parts = math.ceil(distinct / size)
    return _parted(jobs, lambda job: f"part {int(job.key[:16], 16) % parts}")[0]


def _parted(jobs: Iterable[PlannedJob], name: Callable[[PlannedJob], str]) -> tuple[Batches, list[PlannedJob]]:
    """Return the jobs of each name in the order of their keys, and those that have none."""
    parts: dict[str, list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        parts[name(job)].append(job)
    without = parts.pop("", [])
    return [sorted(part) for part in parts.values()], without
