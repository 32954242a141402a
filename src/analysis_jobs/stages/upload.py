"""Publish the results of a group of finished jobs."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analysis_jobs.bucket.protocol import Bucket, whole_manifest
from analysis_jobs.documents import Entry, JobError, LaunchDocument, Outcome, PublishedOutcome
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.jobs.outcome import died, failed, infrastructure_error, read_outcome, without_files
from analysis_jobs.retries import timed
from analysis_jobs.stages.files import read_entries, states_line
from analysis_jobs.stages.written import files_as_written

log = logging.getLogger(__name__)

MANIFEST_VERSION = 1
# Jobs of a group in flight at once; copying waits for disks and networks, not for a processor.
UPLOAD_THREADS = 8


def upload_group(batches: Path, jobs: Path, bucket: Bucket, run: LaunchDocument, *, dry_run: bool) -> list[Outcome]:
    """Publish every finished job of a group.

    Parameters
    ----------
    batches
        Folder of the group's batch files: they name every job that was to run.
    jobs
        Folder of what ANALYZE wrote, ``<key>/`` with `results/`, `analysis.log` and `outcome.json`. A job that
        is not there died with its task.
    bucket
        Where to publish.
    run
        What is known of the run and the code, for the manifest.
    dry_run
        Publish nothing.

    Returns
    -------
    list of dict
        The outcome of every job; of a published one `location`, and what the *published* manifest says, which
        is another run's if that was first. One job's trouble is that job's alone.
    """

    def upload(entry: Entry) -> Outcome:
        return _upload(entry, jobs / entry["key"], bucket, run, dry_run)

    with timed(log.info, f"publish to {bucket.location('')}") as came, ThreadPoolExecutor(UPLOAD_THREADS) as threads:
        outcomes = list(threads.map(upload, read_entries(batches)))
        came.append(states_line(outcomes))
    return outcomes


def _upload(entry: Entry, folder: Path, bucket: Bucket, run: LaunchDocument, dry_run: bool) -> Outcome:
    if not (folder / "outcome.json").is_file():
        return died(entry, "analyze")
    outcome = read_outcome(folder / "outcome.json")
    if outcome["state"] != "done":
        return outcome
    written, location = outcome.pop("written", []), bucket.location(entry["key"])
    about: PublishedOutcome = {**outcome, "manifest_version": MANIFEST_VERSION, "run": run, "location": location}
    if dry_run:
        return about
    try:
        published = bucket.publish(entry["key"], files_as_written(folder, written), about)
        return without_files(whole_manifest(published, entry["key"], location))
    except ServiceUnavailable:
        raise  # no job's trouble: the whole task is tried again
    except Exception as error:
        log.exception("job %s could not be published", entry["key"])
        return failed(entry, _publish_error(error, location))


def _publish_error(error: Exception, location: str) -> JobError:
    message = f"the results could not be published to {location}: {error}; free or fix it, then launch again"
    return infrastructure_error("upload", type(error).__name__, message)
