"""Write job files in the original dispatcher's layout, but under names that are the same the next time."""

import logging
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from analysis_jobs.documents import Values
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.key import job_key, key_parts

log = logging.getLogger(__name__)

MOST_FILES_NAMED = 5
_OURS = re.compile(r"\d+/[0-9a-f]{32}\.json")


def expanded(jobs: Sequence[Job], sets: Sequence[Values]) -> list[Job]:
    """Return a job for each job and parameter set, without repeats."""
    all_jobs = (
        [job.model_copy(update={"distributed_parameters": parameters}) for job in jobs for parameters in sets]
        if sets
        else jobs
    )
    distinct = {file_name(job): job for job in all_jobs}
    if repeats := len(all_jobs) - len(distinct):
        log.warning("left out %d jobs that are the same as another", repeats)
    return list(distinct.values())


def file_name(job: Job) -> str:
    """Return the name of a job's file: what is the same job to the key, as far as it is known here."""
    return job_key(key_parts(job.inputs, job.distributed_parameters or {}, ""))[:32] + ".json"


def write_jobs(jobs: Sequence[Job], folder: Path, tasks_per_job: int = 1) -> None:
    """Write job files as ``<n>/<name>.json``, and remove those that were written here before and are no more.

    Parameters
    ----------
    jobs
        In their order.
    folder
        The pipeline's ``--jobs``; made here. Files that were not dispatched stay.
    tasks_per_job
        How many jobs share a folder, and so an ANALYZE task.
    """
    written = {f"{number // tasks_per_job}/{file_name(job)}": job for number, job in enumerate(jobs)}
    _tidy(folder, written.keys())
    for name, job in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(job.model_dump_json(indent=4, exclude_none=True) + "\n", encoding="utf-8")


def _tidy(folder: Path, keep: Collection[str]) -> None:
    if not folder.exists():
        return
    there = [file.name for file in find_job_files(folder).files]
    old = [name for name in there if _OURS.fullmatch(name) and name not in keep]
    others = [name for name in there if not _OURS.fullmatch(name)]
    for name in old:
        (folder / name).unlink()
    for parent in {folder / Path(name).parent for name in old}:
        if not any(parent.iterdir()):
            parent.rmdir()
    if old:
        log.warning("removed %d job files of an earlier dispatch from %s", len(old), folder)
    if others:
        log.warning(
            "%s holds %d other job files, which stay: %s", folder, len(others), ", ".join(others[:MOST_FILES_NAMED])
        )
