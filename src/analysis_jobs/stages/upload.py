"""Publish the results of a group of finished jobs."""

import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.jobs.outcome import Outcome, died, infrastructure_error, new_outcome
from analysis_jobs.stages.files import read_entries
from analysis_jobs.wording import relative_name

log = logging.getLogger(__name__)

MANIFEST_VERSION = 1
# Jobs of a group in flight at once; copying waits for disks and networks, not for a processor.
THREADS = 8


def upload_group(batches: Path, jobs: Path, bucket: Bucket, run: Mapping[str, Any], *, dry_run: bool) -> list[Outcome]:
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

    def upload(entry: Mapping[str, Any]) -> Outcome:
        return _upload(entry, jobs / entry["key"], bucket, run, dry_run)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(upload, read_entries(batches)))


def _upload(entry: Mapping[str, Any], folder: Path, bucket: Bucket, run: Mapping[str, Any], dry_run: bool) -> Outcome:
    if not (folder / "outcome.json").is_file():
        return died(entry, "analyze")
    outcome: Outcome = json.loads((folder / "outcome.json").read_text())
    if outcome["state"] != "done":
        return outcome
    location = bucket.location(entry["key"])
    about = {"manifest_version": MANIFEST_VERSION, **outcome, "run": dict(run)}
    if dry_run:
        return {**about, "location": location}
    try:
        published = bucket.publish(entry["key"], list(result_files(folder)), about)
    except ServiceUnavailable:
        raise  # no job's trouble: the whole task is tried again
    except Exception as error:
        log.exception("job %s could not be published", entry["key"])
        return {**new_outcome(entry), "state": "failed", "error": _publish_error(error, location)}
    published.pop("files")  # RECORD does not need them, and there can be thousands
    return published


def result_files(folder: Path) -> Iterator[ResultFile]:
    """Yield what is published of a job: every file of its results, and its log."""
    results = folder / "results"
    # Also what is no file any more, such as a link to what another host has: copying it says so.
    for path in sorted(path for path in results.rglob("*") if not path.is_dir()):
        yield ResultFile(relative_name(path, results), path)
    yield ResultFile(LOG, folder / LOG)


def _publish_error(error: Exception, location: str) -> dict[str, str]:
    message = f"the results could not be published to {location}: {error}; free or mend it, then launch again"
    return infrastructure_error("upload", type(error).__name__, message)
