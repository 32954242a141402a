"""Which jobs share a batch: those of a folder, those of one size, and those whose batch died in halves."""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from analysis_jobs.stages.dedupe.planner import Planned, PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing, seconds_known, tasks_note, wave_note, why_known
from analysis_jobs.stages.experience import Experience

Batches = list[list[PlannedJob]]


@dataclass(frozen=True)
class Kept:
    """Which jobs shared a batch before, in a launch that is taken up again.

    `numbers` are those of batches, by key, of `short`. The first ones, `ahead`, were of a first wave: that is another
    process of Nextflow, which finds what it has computed.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    ahead: int = 0


_NOTHING_KEPT = Kept()


@dataclass(frozen=True)
class Division:
    """The batches of a launch, each with its jobs in the order of their keys, and in words how many, and why.

    Of jobs that have a task each, and of which nothing is known, there is nothing to say. The first batches, `ahead`,
    are of a first wave, and `waiting` are jobs that it decides on.
    """

    batches: Batches
    note: str
    ahead: int = 0
    waiting: Sequence[PlannedJob] = ()


def divided(planned: Planned, sizing: Sizing, known: Experience, kept: Kept = _NOTHING_KEPT) -> Division:
    """Return the batches of the jobs to run.

    A subfolder is one batch. Jobs whose batch died are two of half the size, as one of them may have taken the others
    along, and before the last attempt each is alone. All others have batches of the size that is given, to which they
    belong by their keys alone, so that a batch keeps its members when jobs of others are done; or of that which
    `Sizing` finds, unless `kept` has them. Of many of which nothing is known some go ahead.
    """
    died, rest = _parted(planned.jobs, lambda job: job.died_in)
    ahead, rest = _parted(rest, lambda job: _number(job, kept, 0, kept.ahead))
    as_before, rest = _parted(rest, lambda job: _number(job, kept, kept.ahead, math.inf))
    of_folders, free = _parted(rest, lambda job: job.folder)
    halves = [half for jobs in died for half in slices(jobs, math.ceil(len(jobs) / 2))]
    first = sizing.wave_of(len(free)) if not known.jobs else 0
    if first:
        wave, waiting = sorted(free)[:first], sorted(free)[first:]
        every = [*ahead, *slices(wave, 1), *as_before, *of_folders, *halves]
        return Division(every, wave_note(len(every), len(waiting)), len(every), waiting)
    batches, why = _of_size(free, planned, sizing, known)
    every = [*ahead, *batches, *as_before, *of_folders, *halves]
    return Division(every, tasks_note(len(every), len(planned.jobs), why), len(ahead))


def _of_size(jobs: Sequence[PlannedJob], planned: Planned, sizing: Sizing, known: Experience) -> tuple[Batches, str]:
    if jobs and sizing.jobs_per_task:
        return _by_hand(jobs, sizing.jobs_per_task, planned.distinct), ""
    if jobs and known.jobs:
        return slices(jobs, sizing.jobs_of(len(jobs), seconds_known(known))), why_known(known)
    return slices(jobs, 1), ""


def _number(job: PlannedJob, kept: Kept, least: float, limit: float) -> str:
    number = kept.numbers.get(short(job.key), -1)
    return str(number) if least <= number < limit else ""


def slices(jobs: Sequence[PlannedJob], size: int) -> Batches:
    """Return jobs in batches of about one size, which is the most: by their keys, unless each is alone."""
    if size == 1:
        return [[job] for job in jobs]
    ordered = sorted(jobs)
    count = math.ceil(len(ordered) / size)
    ends = [number * len(ordered) // count for number in range(count + 1)]
    return [ordered[start:end] for start, end in pairwise(ends)]


def short(key: str) -> str:
    """Return what tells the keys of a launch from each other."""
    return key[:16]


def batches_to_keep(batches: Batches) -> list[list[str]]:
    """Return which jobs share a batch, for a launch that takes this one up again, as JSON holds it."""
    return [[short(job.key) for job in batch] for batch in batches]


def write_kept(path: Path, ahead: int, batches: Sequence[Sequence[str]]) -> None:
    """Write down which jobs share a batch, of `batches_to_keep`, of which the first ones are of a first wave."""
    path.write_text(json.dumps({"ahead": ahead, "batches": batches}))


def read_kept(path: Path | None) -> Kept:
    """Read what `write_kept` wrote; of no file nothing."""
    if path is None:
        return _NOTHING_KEPT
    found = json.loads(path.read_text())
    numbers = {key: number for number, batch in enumerate(found["batches"]) for key in batch}
    return Kept(numbers, found["ahead"])


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
