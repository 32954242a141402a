"""Batches, the jobs that share one ANALYZE task, and groups, the batches that share one UPLOAD and one RECORD."""

import hashlib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from analysis_jobs.jobs.labels import BETWEEN
from analysis_jobs.stages.dedupe.asking import Resource
from analysis_jobs.stages.dedupe.planner import PlannedJob

LARGEST_GROUP = 100
MOST_GROUPS = 20
# Which jobs share a batch, beside the batches, for a launch that takes this one up again; see division.py
KEPT_BATCHES = "kept"
# Characters of a label in the name of a file
LONGEST_IN_NAME = 60
_BETWEEN = "__"
_UNSAFE = re.compile(r"[^A-Za-z0-9.=_-]+")
# By resource, what the task of jobs asks for, by their keys
Asks = Mapping[Resource, Callable[[Sequence[str]], int | None]]
_NONE: Asks = {}


class Groups(NamedTuple):
    """How many jobs share an UPLOAD, such as `automatic_group_size`, and the number of the first group."""

    size: int
    first: int = 0


def write_batches(
    batches: Iterable[Sequence[PlannedJob]],
    labels: Mapping[str, str],
    folder: Path,
    numbering: Groups,
    ahead: int = 0,
    asks: Asks = _NONE,
) -> int:
    """Write one file for each batch, and ``batches.csv`` with its number of jobs, its group, and its file.

    Parameters
    ----------
    batches
        The jobs of each, of `divided`.
    labels
        By key, what people call jobs.
    folder
        Made here. A batch is a file ``<batch>.json``, of an object with a list of `jobs`. That of a single job has its
        label in its name, ``<batch>.<label>.json``, for Nextflow's tag: no content may change with other jobs.
    numbering
        Of the groups.
    ahead
        How many batches, the first ones, are of a first wave.
    asks
        What the task of some jobs asks for of a resource, by their keys, where that is not what the launch says: more
        columns of ``batches.csv``.

    Returns
    -------
    int
        How many groups there are.
    """
    folder.mkdir(parents=True)
    named = [_batch(jobs, labels, number < ahead) for number, jobs in enumerate(batches)]
    groups = list(_groups(named, numbering.size))
    with (folder / "batches.csv").open("w") as table:
        table.write(",".join(["batch,jobs,group,size,ahead,file", *asks]) + "\n")
        for number, group in enumerate(groups, start=numbering.first):
            for batch in group:
                file = f"{batch.name}{label_in_name(batch.label)}.json"
                (folder / file).write_text(f'{{"jobs":[{",".join(batch.entries)}]}}\n')
                asked = [str(ask(batch.keys) or "") for ask in asks.values()]
                row = [batch.name, len(batch.entries), number, len(group), int(batch.ahead), file, *asked]
                table.write(",".join(map(str, row)) + "\n")
    return len(groups)


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
    ahead: bool
    label: str = ""


def _batch(jobs: Sequence[PlannedJob], labels: Mapping[str, str], ahead: bool) -> _Batch:
    keys, entries = [job.key for job in jobs], [job.entry for job in jobs]
    if len(jobs) == 1:
        return _Batch(keys[0][:16], keys, entries, ahead, labels.get(keys[0], ""))
    return _Batch(hashlib.sha256("".join(keys).encode()).hexdigest()[:16], keys, entries, ahead)


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
