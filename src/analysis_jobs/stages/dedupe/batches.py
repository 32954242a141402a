"""Batches, the jobs that share one ANALYZE task, and groups, the batches that share one UPLOAD and one RECORD."""

import hashlib
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.jobs.labels import BETWEEN
from analysis_jobs.stages.dedupe.asking import Ask, Resource
from analysis_jobs.stages.dedupe.planner import Planned

LARGEST_GROUP = 100
MOST_GROUPS = 20
# Characters of a label in the name of a file
LONGEST_IN_NAME = 60
_BETWEEN = "__"
_UNSAFE = re.compile(r"[^A-Za-z0-9.=_-]+")
_NONE: dict[Resource, Ask] = {}


def write_batches(
    planned: Planned, folder: Path, jobs_per_task: int, group_size: int | None, asks: Mapping[Resource, Ask] = _NONE
) -> list[int]:
    """Write one file for each batch, and ``batches.csv`` with its number of jobs, its group, and its file.

    Parameters
    ----------
    planned
        The jobs to run.
    folder
        Made here. A batch is a file ``<batch>.json``, of an object with a list of `jobs`. That of a single job has its
        label in its name, ``<batch>.<label>.json``, for Nextflow's tag: no content may change with other jobs.
    jobs_per_task
        How many jobs of the top folder share a task, on average; those of a subfolder always share one.
    group_size
        Jobs that share an UPLOAD; None for `automatic_group_size`.
    asks
        What tasks ask for, where that is not what the launch says: more columns of ``batches.csv``.

    Returns
    -------
    list of int
        How many jobs each batch has.
    """
    folder.mkdir(parents=True)
    batches = _batches(planned, jobs_per_task)
    size = group_size or automatic_group_size(len(planned.jobs))
    with (folder / "batches.csv").open("w") as table:
        table.write(",".join(["batch,jobs,group,size,file", *asks]) + "\n")
        for number, group in enumerate(_groups(batches, size)):
            for batch in group:
                file = f"{batch.name}{label_in_name(batch.label)}.json"
                (folder / file).write_text(f'{{"jobs":[{",".join(batch.entries)}]}}\n')
                asked = (f",{ask.of(batch.keys) or ''}" for ask in asks.values())
                table.write(f"{batch.name},{len(batch.entries)},{number},{len(group)},{file}{''.join(asked)}\n")
    return [len(batch.entries) for batch in batches]


def label_in_name(label: str) -> str:
    """Return a label as a part of a file's name, with a dot before it, which any shell, scheduler and bucket takes."""
    plain = unicodedata.normalize("NFKD", label.replace(BETWEEN, _BETWEEN)).encode("ascii", "ignore").decode()
    safe = _UNSAFE.sub("_", plain)[:LONGEST_IN_NAME].strip("._")
    return f".{safe}" if safe else ""


def automatic_group_size(jobs: int) -> int:
    """Return how many jobs share an UPLOAD: a twentieth of all, but at most 100.

    Fewer than 1,600 jobs make fewer than twenty groups, half their square root: a group costs two tasks, which
    short jobs feel, while long jobs want to be published soon.
    """
    groups = min(MOST_GROUPS, math.ceil(math.sqrt(jobs) / 2))
    return min(LARGEST_GROUP, math.ceil(jobs / groups)) if jobs else 1


@dataclass(frozen=True)
class _Batch:
    """The keys of jobs that share a task, and their entries as JSON; the label of a job that is alone."""

    name: str
    keys: list[str]
    entries: list[str]
    label: str = ""


def _batches(planned: Planned, jobs_per_task: int) -> list[_Batch]:
    members: dict[str, list[tuple[str, str]]] = defaultdict(list)
    parts = math.ceil(planned.distinct / jobs_per_task)
    for key, folder, entry in planned.jobs:
        # By the key alone: a batch keeps its members when jobs of other batches are done.
        alone = key if jobs_per_task == 1 else f"part {int(key[:16], 16) % parts}"
        members[f"folder {folder}" if folder else alone].append((key, entry))
    return [_batch(sorted(jobs), planned.labels) for jobs in members.values()]


def _batch(jobs: list[tuple[str, str]], labels: Mapping[str, str]) -> _Batch:
    keys, entries = [key for key, _ in jobs], [entry for _, entry in jobs]
    if len(jobs) == 1:
        return _Batch(keys[0][:16], keys, entries, labels.get(keys[0], ""))
    return _Batch(hashlib.sha256("".join(keys).encode()).hexdigest()[:16], keys, entries)


def _groups(batches: Iterable[_Batch], size: int) -> Iterator[list[_Batch]]:
    group: list[_Batch] = []
    jobs = 0
    for batch in batches:
        if group and jobs + len(batch.entries) > size:
            yield group
            group, jobs = [], 0
        group.append(batch)
        jobs += len(batch.entries)
    if group:
        yield group
