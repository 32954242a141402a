"""Batches, the jobs that share one ANALYZE task, and groups, the batches that share one UPLOAD and one RECORD."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis_jobs.stages.dedupe.planner import Planned

LARGEST_GROUP = 100
MOST_GROUPS = 20


def write_batches(planned: Planned, folder: Path, jobs_per_task: int, group_size: int | None) -> None:
    """Write one file for each batch, and ``batches.csv`` with its number of jobs and the group that it belongs to.

    Parameters
    ----------
    planned
        The jobs to run.
    folder
        Made here. A batch is a file ``<batch>.json``, of an object with a list of `jobs`.
    jobs_per_task
        How many jobs of the top folder share a task, on average; those of a subfolder always share one.
    group_size
        Jobs that share an UPLOAD; None for `automatic_group_size`.
    """
    folder.mkdir(parents=True)
    batches = _batches(planned, jobs_per_task)
    size = group_size or automatic_group_size(len(planned.jobs))
    with (folder / "batches.csv").open("w") as table:
        table.write("batch,jobs,group,size\n")
        for number, group in enumerate(_groups(batches, size)):
            for name, entries in group:
                (folder / f"{name}.json").write_text(f'{{"jobs":[{",".join(entries)}]}}\n')
                table.write(f"{name},{len(entries)},{number},{len(group)}\n")


def automatic_group_size(jobs: int) -> int:
    """Return how many jobs share an UPLOAD: a twentieth of all, but at most 100.

    Fewer than 1,600 jobs make fewer than twenty groups, half their square root: a group costs two tasks, which
    short jobs feel, while long jobs want to be published soon.
    """
    groups = min(MOST_GROUPS, math.ceil(math.sqrt(jobs) / 2))
    return min(LARGEST_GROUP, math.ceil(jobs / groups)) if jobs else 1


def _batches(planned: Planned, jobs_per_task: int) -> list[tuple[str, list[str]]]:
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    parts = math.ceil(planned.distinct / jobs_per_task)
    for key, folder, entry in planned.jobs:
        # By the key alone: a batch keeps its members when jobs of other batches are done.
        alone = key if jobs_per_task == 1 else f"part {int(key[:16], 16) % parts}"
        members[f"folder {folder}" if folder else alone].append((key, entry))
    return [_batch(sorted(jobs)) for jobs in members.values()]


def _batch(jobs: list[tuple[str, str]]) -> tuple[str, list[str]]:
    name = jobs[0][0] if len(jobs) == 1 else hashlib.sha256("".join(key for key, _ in jobs).encode()).hexdigest()
    return name[:16], [entry for _, entry in jobs]


def _groups(batches: Iterable[tuple[str, list[str]]], size: int) -> Iterator[list[tuple[str, list[str]]]]:
    group: list[tuple[str, list[str]]] = []
    jobs = 0
    for batch in batches:
        if group and jobs + len(batch[1]) > size:
            yield group
            group, jobs = [], 0
        group.append(batch)
        jobs += len(batch[1])
    if group:
        yield group
