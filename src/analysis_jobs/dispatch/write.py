"""Write job files in the original dispatcher's layout, but under names that are the same the next time."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from analysis_jobs.dispatch.replacing import alone_in, replace_files
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.json_files import LARGEST_FILE
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.wording import plural, size_text

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
        log.warning("left out %s, the same as another", plural(repeats, "job"))
    return list(distinct.values())


def write_every(
    jobs: Sequence[Job], sets: Sequence[Values], folder: Path, jobs_per_task: int, most: int | None
) -> tuple[int, int]:
    """Write the files of jobs, one for each parameter set; return how many, and how many more than `most` there are."""
    every = expanded(jobs, sets)
    write_jobs(every[:most], folder, jobs_per_task)
    return len(every[:most]), len(every) - len(every[:most])


def file_name(job: Job) -> str:
    """Return the name of a job's file: what is the same job to the key, as far as it is known here."""
    return job_key(key_parts(job.inputs, job.distributed_parameters or {}, ""))[:32] + ".json"


def write_jobs(jobs: Sequence[Job], folder: Path, jobs_per_task: int = 1) -> None:
    """Write job files as ``<n>/<name>.json`` in the place of those that were written here before, all or none.

    Parameters
    ----------
    jobs
        In their order.
    folder
        The pipeline's ``--jobs``; made here. Files that were not dispatched stay.
    jobs_per_task
        How many jobs share a folder, and so an ANALYZE task.

    Raises
    ------
    InvalidInput
        If they cannot be written there, or one is too large: then those of before are still there.
    """
    written = {f"{number // jobs_per_task}/{file_name(job)}": job for number, job in enumerate(jobs)}
    try:
        with alone_in(folder):
            ours, others = _there(folder)
            replace_files(folder, ours, ((name, _text(job, name)) for name, job in written.items()))
    except OSError as error:
        raise InvalidInput(
            f"job files cannot be written to {folder}: {error.strerror or error}; give --jobs another folder"
        ) from None
    _tell_of_others(folder, [name for name in ours if name not in written], others)


def _text(job: Job, name: str) -> str:
    # Outputs of many sources by lines of their own would be several times as large
    text = job.model_dump_json(indent=None if job.sources else 4, exclude_none=True) + "\n"
    if (size := len(text.encode())) > LARGEST_FILE:
        raise InvalidInput(
            f"the job {name} is made from {plural(len(job.sources), 'result')} and would have {size_text(size)}, more "
            f"than the {size_text(LARGEST_FILE)} that are read of a job file; choose fewer, or group them by more"
        )
    return text


def _there(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the job files in a folder: those that an earlier dispatch wrote, and the others."""
    there = [file.name for file in find_job_files(folder, even_mixed=True).files]
    return [name for name in there if _OURS.fullmatch(name)], [name for name in there if not _OURS.fullmatch(name)]


def _tell_of_others(folder: Path, old: Sequence[str], others: Sequence[str]) -> None:
    if old:
        log.warning("removed %s of an earlier dispatch from %s", plural(len(old), "job file"), folder)
    if others:
        named = ", ".join(others[:MOST_FILES_NAMED])
        log.warning("%s holds %s, left in place: %s", folder, plural(len(others), "other job file"), named)
