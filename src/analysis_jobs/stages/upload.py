"""Publish the results of a group of finished jobs."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.analysis.archive import read_archive
from analysis_jobs.bucket.manifests import whole_manifest
from analysis_jobs.bucket.names import CODE
from analysis_jobs.bucket.protocol import Bucket, RefusedName
from analysis_jobs.documents import Entry, JobError, LaunchDocument, Outcome, PublishedOutcome
from analysis_jobs.errors import ServiceUnavailable, no_room
from analysis_jobs.jobs.labels import name_in_log
from analysis_jobs.jobs.outcome import NO_ROOM, failed, infrastructure_error, without_files
from analysis_jobs.retries import timed
from analysis_jobs.stages.attempts import Attempt, best_attempt
from analysis_jobs.stages.files import states_line
from analysis_jobs.stages.result_lines import ChangedResults
from analysis_jobs.stages.task_deaths import jobs_of_tasks
from analysis_jobs.wording import kept, plural

log = logging.getLogger(__name__)

MANIFEST_VERSION = 1
# Jobs of a group in flight at once; copying waits for disks and networks, not for a processor.
UPLOAD_THREADS = 8


@dataclass(frozen=True)
class Again:
    """For what the whole group is tried again, where otherwise a job would fail.

    Attributes
    ----------
    missing
        Results that are not all there.
    no_room
        A bucket whose disk is full.
    """

    missing: bool = False
    no_room: bool = False


class NotAllThere(Exception):
    """Of the results of a job some are not there, or are not those that it wrote; says of which jobs."""


@dataclass(frozen=True)
class GroupFolders:
    """Folders of a group of jobs, as its UPLOAD task has them.

    Attributes
    ----------
    batches
        Of its batch files: they name every job that was to run.
    jobs
        Of what ANALYZE wrote, ``<key>/<attempt>/``; see `analysis_jobs.stages.attempts`. A job that is not there died
        with its task.
    deaths
        Of what is known of ANALYZE tasks that died, by batch; it need not be there.
    """

    batches: Path
    jobs: Path
    deaths: Path


def upload_group(
    group: GroupFolders,
    bucket: Bucket,
    run: LaunchDocument,
    *,
    dry_run: bool,
    again: Again = Again(),
) -> list[Outcome]:
    """Publish every finished job of a group.

    Parameters
    ----------
    group
        Its folders.
    bucket
        Where to publish.
    run
        What is known of the run and the code, for the manifest.
    dry_run
        Publish nothing.
    again
        For what to raise.

    Returns
    -------
    list of dict
        The outcome of every job; of a published one `location`, and what the *published* manifest says, which
        is another run's if that was first. One job's trouble is that job's alone.

    Raises
    ------
    NotAllThere
        If the results of a job are not, and that is to be tried again; those of the others are published.
    ServiceUnavailable
        If the bucket does not answer; or its disk is full, and that is to be tried again.
    """

    def upload(job: tuple[Entry, Callable[[], Outcome]]) -> Outcome:
        entry, outcome_of_dead_task = job
        attempt = best_attempt(group.jobs / entry["key"])
        return _upload(entry, attempt, bucket, run, dry_run) if attempt else outcome_of_dead_task()

    with timed(log.info, f"publish to {bucket.location('')}") as came, ThreadPoolExecutor(UPLOAD_THREADS) as threads:
        outcomes = list(threads.map(upload, jobs_of_tasks(group.batches, "analyze", group.deaths)))
        came.append(states_line(outcomes))
    if keys := _failed_of(outcomes, NO_ROOM, "analyze"):
        log.warning(
            "%s failed because the disk that the analysis ran on was full: free some space, and launch again",
            plural(len(keys), "job"),
        )
    if again.missing and (keys := _failed_of(outcomes, ChangedResults.__name__)):
        raise NotAllThere(", ".join(keys))
    if again.no_room and (keys := _failed_of(outcomes, NO_ROOM)):
        raise ServiceUnavailable(
            f"the results of {plural(len(keys), 'job')} could not be published to {bucket.location('')}, as its disk "
            "is full: free some space"
        )
    return outcomes


def publish_code(sources: Path, bucket: Bucket, run: LaunchDocument) -> None:
    """Publish the source files of the analysis, once for each version of them; results are published also without.

    Before any result, so that none is there without its code where everything ends between the two.

    Parameters
    ----------
    sources
        The archive, or an empty file for nothing.
    bucket
        Where to publish.
    run
        What is known of the run, with the digest of the code.

    Raises
    ------
    ServiceUnavailable
        If the bucket does not answer.
    """
    archive = sources.read_bytes()
    if not archive or "source" not in run:
        return
    digest = run["source"]["digest"]
    try:
        read_archive(archive, digest)
        bucket.keep_code(digest, archive)
    except ServiceUnavailable:
        raise
    except Exception as error:
        why = no_room(error) or str(error)
        log.warning(
            "the code could not be published to %s: %s; the results are, without it", bucket.location(CODE), why
        )


def _upload(entry: Entry, attempt: Attempt, bucket: Bucket, run: LaunchDocument, dry_run: bool) -> Outcome:
    outcome = attempt.outcome.copy()
    outcome.pop("written", None)
    if outcome["state"] != "done":
        return outcome
    location = bucket.location(entry["key"])
    about: PublishedOutcome = {**outcome, "manifest_version": MANIFEST_VERSION, "run": run, "location": location}
    if dry_run:
        return about
    try:
        published = bucket.publish(entry["key"], attempt.files(), about)
        return without_files(whole_manifest(published, entry["key"], location))
    except ServiceUnavailable:
        raise  # no job's trouble: the whole task is tried again
    except RefusedName as error:  # of what ANALYZE wrote: launched again, it would be refused again
        message = kept(str(error))
        return failed(entry, {"stage": "analyze", "cause": "analysis", "type": "RefusedName", "message": message})
    except Exception as error:
        log.exception("job %s could not be published", name_in_log(entry))
        return failed(entry, _publish_error(error, location))


def _failed_of(outcomes: list[Outcome], kind: str, stage: str = "upload") -> list[str]:
    """Return the keys of the jobs that failed in a stage with an error of a type."""
    errors = {outcome["key"]: outcome["error"] for outcome in outcomes if outcome["state"] == "failed"}
    return [key for key, error in errors.items() if error["stage"] == stage and error.get("type") == kind]


def _publish_error(error: Exception, location: str) -> JobError:
    why, kind = no_room(error) or str(error), NO_ROOM if no_room(error) else type(error).__name__
    message = f"the results could not be published to {location}: {why}; free or fix it, then launch again"
    return infrastructure_error("upload", kind, message)
