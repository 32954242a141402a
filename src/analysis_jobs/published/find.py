"""The published results of one job, wherever they lie: what is known of them, and copies of the files."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.bucket.manifests import whole_manifest
from analysis_jobs.bucket.names import LOG, MANIFEST
from analysis_jobs.bucket.places import bucket_of, place_of
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Manifest
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.build import Record, build_record
from analysis_jobs.results.fetch import ResultLine, copy_published
from analysis_jobs.store.protocol import Store


@dataclass(frozen=True)
class Published:
    """A job's results: the bucket that has them, where in it, their manifest, and the record."""

    key: str
    bucket: Bucket
    location: str
    manifest: Manifest
    record: Record


def find_published(key: str, store: Store, bucket: Bucket) -> Published:
    """Find the results of a job: in the bucket, or where its record says that they are.

    Raises
    ------
    InvalidInput
        If nothing is published for it; says what became of the job.
    """
    record = store.records([key]).get(key)
    store.damaged.refuse(key)
    manifest = bucket.manifest(key)
    if manifest is None and record:
        bucket = bucket_of(record)
        manifest = bucket.manifest(key)
    if manifest is None:
        raise InvalidInput(_why_not(key, store, record))
    manifest = whole_manifest(manifest, key, bucket.location(""))
    return Published(key, bucket, place_of(manifest, bucket), manifest, record or build_record(manifest))


def _why_not(key: str, store: Store, record: Record | None) -> str:
    if record:
        return (
            f"the job {key} has a record, but no {MANIFEST} in {record['location']}; give --bucket if the results "
            "were moved. Records of the original wrapper have none"
        )
    state = store.job_states([key]).get(key)
    became = state["state"] if state else "without a state"
    return f"the job {key} is {became} and has no published results; only those of a job that is done can be used"


def copy_results(results: Published, target: Path) -> None:
    """Copy the files of a job into a folder, as ANALYZE left them: ``results/`` and the log beside it.

    Raises
    ------
    InvalidInput
        As for `analysis_jobs.results.fetch.copy_published`.
    """
    lines = [ResultLine(**line) for line in results.manifest["files"]]
    copy_published(lines, results.bucket, results.location, target / "results")
    (target / "results" / LOG).rename(target / LOG)


@contextmanager
def new_folder(folder: Path, option: str) -> Iterator[Path]:
    """Make a folder, or take an empty one, and empty it again if what happens in it fails; yields its absolute path.

    Raises
    ------
    InvalidInput
        If it holds something or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InvalidInput(f"the folder {folder} is not empty; give {option} a new one")
    except OSError as error:
        raise InvalidInput(f"the folder {folder} cannot be used: {error.strerror}; give {option} a new one") from None
    folder = folder.absolute()
    try:
        yield folder
    except BaseException:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        raise
