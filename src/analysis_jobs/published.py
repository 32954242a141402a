"""The published results of one job, wherever they lie: what is known of them, and copies of the files."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis_jobs.bucket import MANIFEST, Bucket, Manifest, ResultFile, manifest_line, open_bucket
from analysis_jobs.errors import InvalidInput, shown
from analysis_jobs.outcome import LOG
from analysis_jobs.records import Record, build_record
from analysis_jobs.store import Store

# Files copied at once; copying waits for disks and networks.
THREADS = 8


@dataclass(frozen=True)
class Published:
    """A job's results: the bucket that has them, their manifest, and the record."""

    key: str
    bucket: Bucket
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
    manifest = bucket.manifest(key)
    if manifest is None and record:
        bucket = open_bucket(bucket_of(record["location"], key))
        manifest = bucket.manifest(key)
    if manifest is None:
        raise InvalidInput(_why_not(key, store, record))
    return Published(key, bucket, manifest, record or build_record(manifest))


def bucket_of(location: str, key: str) -> str:
    """Return the path or URL of the bucket that a location of results is in."""
    return location.partition(f"/{key}")[0]


def _why_not(key: str, store: Store, record: Record | None) -> str:
    if record:
        return (
            f"the job {key} has a record, but no {MANIFEST} in {record['location']}; give --bucket if the results "
            "were moved. Records of the original wrapper have none"
        )
    state = store.job_states([key]).get(key, {}).get("state", "without a state")
    return f"the job {key} is {state} and has no published results; only those of a job that is done can be used"


def copy_results(results: Published, target: Path) -> list[Path]:
    """Copy the files of a job into a folder, as ANALYZE left them: ``results/`` and the log beside it.

    Returns
    -------
    list of Path
        The copies, in the order of the manifest; each has the SHA-256 that the manifest says.

    Raises
    ------
    InvalidInput
        If a file is missing or is another one.
    """
    lines = results.manifest["files"]
    paths = [target / local_name(line["path"]) for line in lines]
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda line, path: _copy(results, line, path), lines, paths))
    return paths


def local_name(published: str) -> str:
    """Return where a published file lies in a job's folder.

    Raises
    ------
    InvalidInput
        If it would lie outside of it: no analysis has written such a name.
    """
    path = PurePosixPath(published)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidInput(f"the {MANIFEST} names {shown(published)}, outside of the results; do not trust it")
    return published if published == LOG else f"results/{published}"


def _copy(results: Published, line: dict[str, str], path: Path) -> None:
    name, location = line["path"], results.manifest["location"]
    try:
        results.bucket.download(location, name, path)
    except FileNotFoundError:
        raise InvalidInput(
            f"{shown(name)} of {location} is missing, which its {MANIFEST} lists; see `analysis-jobs fsck`"
        ) from None
    found = manifest_line(ResultFile(name, path))["sha256"]
    if found != line["sha256"]:
        raise InvalidInput(
            f"{shown(name)} of {location} has the SHA-256 {found}, and not {line['sha256']} as its {MANIFEST} says; "
            "see `analysis-jobs fsck`"
        )


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
