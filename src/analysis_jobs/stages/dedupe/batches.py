"""Batches, the jobs that share one ANALYZE task, and groups, the batches that share one UPLOAD and one RECORD."""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.jobs.labels import BETWEEN
from analysis_jobs.stages.dedupe.planner import PlannedJob

LARGEST_GROUP = 100
MOST_GROUPS = 20
# Which jobs share a batch, beside the batches, for a launch that takes this one up again; see division.py
KEPT_BATCHES = "kept"
# Characters of a label in the name of a file
LONGEST_IN_NAME = 60
_BETWEEN = "__"
_UNSAFE = re.compile(r"[^A-Za-z0-9.=_-]+")


def write_batches(
    batches: Iterable[Sequence[PlannedJob]],
    labels: Mapping[str, str],
    folder: Path,
    group_size: int,
    first_group: int = 0,
    ahead: int = 0,
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
    group_size
        Jobs that share an UPLOAD, such as `automatic_group_size`.
    first_group
        Number of the first group.
    ahead
        How many batches, the first ones, are of a first wave.

    Returns
    -------
    int
        How many groups there are.
    """
    folder.mkdir(parents=True)
    named = [_batch(jobs, labels, number < ahead) for number, jobs in enumerate(batches)]
    groups = list(_groups(named, group_size))
    with (folder / "batches.csv").open("w") as table:
        table.write("batch,jobs,group,size,ahead,file\n")
        for number, group in enumerate(groups, start=first_group):
            for batch in group:
                file = f"{batch.name}{label_in_name(batch.label)}.json"
                (folder / file).write_text(f'{{"jobs":[{",".join(batch.entries)}]}}\n')
                table.write(f"{batch.name},{len(batch.entries)},{number},{len(group)},{batch.ahead:d},{file}\n")
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
    """The entries of jobs that share a task, as JSON; the label of a job that is alone."""

    name: str
    entries: list[str]
    ahead: bool
    label: str = ""


def _batch(jobs: Sequence[PlannedJob], labels: Mapping[str, str], ahead: bool) -> _Batch:
    entries = [job.entry for job in jobs]
    if len(jobs) == 1:
        key = jobs[0].key
        return _Batch(key[:16], entries, ahead, labels.get(key, ""))
    return _Batch(hashlib.sha256("".join(job.key for job in jobs).encode()).hexdigest()[:16], entries, ahead)


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
