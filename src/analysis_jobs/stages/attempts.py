"""The attempts at a job, each in a folder of its own that nothing is removed from: ``jobs/<key>/<attempt>/``.

After `-resume` a task of the launch before may be running the same job still, and bring its attempt into the same work
folder. In S3 the files of one may come in any order, and some of them later than the outcome that lists them.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.documents import Outcome
from analysis_jobs.jobs.outcome import read_outcome
from analysis_jobs.stages.result_lines import ChangedResults, files_as_written

OUTCOME = "outcome.json"
_ENDED_WELL = ("done", "empty")


@dataclass(frozen=True)
class Attempt:
    """An attempt that has ended: its folder, with `results/`, `analysis.log` and `outcome.json`, and its outcome."""

    folder: Path
    outcome: Outcome

    def files(self) -> list[ResultFile]:
        """Return the files to publish; raises `ChangedResults` if they are not those that it wrote."""
        return files_as_written(self.folder, self.outcome.get("written", []))


def new_attempt(jobs: Path) -> Path:
    """Make the folder in which an attempt is run, by a name never used before, with an empty folder `results`."""
    folder = jobs.with_name(f"{jobs.name}.unfinished") / secrets.token_hex(8)
    (folder / "results").mkdir(parents=True)
    return folder


def finish_attempt(folder: Path, job: Path) -> None:
    """Let an attempt appear in the folder of its job, with everything in it."""
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in [*folders, *files]):
            # A link within the folder is to hold wherever the folder lies.
            if path.is_symlink() and Path(os.readlink(path)).is_relative_to(folder.absolute()):
                inside = os.path.relpath(os.readlink(path), parent)
                path.unlink()
                path.symlink_to(inside)
    job.mkdir(parents=True, exist_ok=True)
    folder.rename(job / folder.name)


def has_ended_well(job: Path) -> bool:
    """Return whether an attempt at a job is done, or had nothing to report."""
    return any(attempt.outcome["state"] in _ENDED_WELL for attempt in _attempts(job))


def best_attempt(job: Path) -> Attempt | None:
    """Return the attempt that counts, or None where none has ended.

    One that ended well goes before one that failed, and of several the last that began: that of the launch which asks.
    All of it is there, if that is so of any.
    """
    last_first = sorted(_attempts(job), key=_started, reverse=True)
    counting = [attempt for attempt in last_first if attempt.outcome["state"] in _ENDED_WELL] or last_first
    return next(filter(_is_whole, counting), next(iter(counting), None))


def _attempts(job: Path) -> Iterator[Attempt]:
    for path in job.glob(f"*/{OUTCOME}"):
        yield Attempt(path.parent, read_outcome(path))


def _started(attempt: Attempt) -> tuple[str, str]:
    return attempt.outcome.get("started", ""), attempt.folder.name


def _is_whole(attempt: Attempt) -> bool:
    if attempt.outcome["state"] != "done":
        return True
    try:
        attempt.files()
    except ChangedResults:
        return False
    return True
