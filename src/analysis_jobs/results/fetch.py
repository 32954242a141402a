"""Copying the results of a record to a folder, each file as its manifest says or not at all."""

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.manifests import manifest_line
from analysis_jobs.bucket.names import MANIFEST, without_case
from analysis_jobs.bucket.places import bucket_of, location_of
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.files import checked_name, nothing_at, refusals, result_sizes
from analysis_jobs.shapes import Damaged
from analysis_jobs.sharing import why_not_readable

COPY_THREADS = 8
_FSCK = "`analysis-jobs fsck`, with the --outdir, --store and --bucket of the launch,"


@dataclass(frozen=True)
class ResultLine:
    """A file of the results: its name, size (bytes) and SHA-256, None where nobody has written it down."""

    path: str
    size: int
    sha256: str | None


def result_lines(
    record: Mapping[str, Any], bucket: str | None = None, *, even_damaged: bool = False, opened: Bucket | None = None
) -> list[ResultLine]:
    """Return the files of a record's results, as the manifest says; without one, as the bucket lists them.

    Who asks for many gives the bucket `opened`, which takes a while.

    Raises
    ------
    InvalidInput
        If nothing is there, or the manifest is damaged, unless that is to be as if there were none.
    """
    location = location_of(record, bucket)
    try:
        with refusals(location):
            manifest = (opened or bucket_of(record, bucket)).manifest(str(record["_id"]))
    except Damaged:
        if not even_damaged:
            raise
        manifest = None
    if manifest:
        return [ResultLine(line["path"], line["size"], line["sha256"]) for line in manifest["files"]]
    sizes = result_sizes(record, bucket, opened)
    if not sizes:
        raise InvalidInput(nothing_at(location))
    return [ResultLine(name, size, None) for name, size in sizes.items()]


def unchecked(lines: Sequence[ResultLine], location: str) -> str:
    """Return in words that files cannot be checked, or an empty text where a manifest says what they are to be."""
    if all(line.sha256 for line in lines):
        return ""
    return f"nothing at {location} can be checked, as it has no {MANIFEST} that can be used"


def not_as_listed(record: Mapping[str, Any], lines: Sequence[ResultLine], bucket: str | None = None) -> list[str]:
    """Return in words which files of a manifest are not there, or are of another size; none of them is read."""
    there = result_sizes(record, bucket)
    return [
        f"{line.path} {f'has {there[line.path]} bytes' if line.path in there else 'is missing'}"
        for line in lines
        if there.get(line.path) != line.size
    ]


def matching(lines: Sequence[ResultLine], patterns: Sequence[str]) -> list[ResultLine]:
    """Return the files whose names match one of the patterns (all of them without any), in which * takes a / too.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    fitting = [
        line for line in lines if not patterns or any(fnmatch.fnmatchcase(line.path, pattern) for pattern in patterns)
    ]
    if lines and not fitting:
        names = ", ".join(line.path for line in lines[:10])
        raise InvalidInput(f"no file matches --only {' '.join(patterns)}; there are: {names}")
    return fitting


def fetch(record: Mapping[str, Any], lines: Sequence[ResultLine], target: Path, bucket: str | None = None) -> list[str]:
    """Copy files of a record's results to a folder, several at once.

    What is there already is not copied again, so that after an interruption the rest is.

    Parameters
    ----------
    record
        Whose results.
    lines
        Which files; see `result_lines`.
    target
        A folder, made here if needed.
    bucket
        As for `analysis_jobs.results.files.list_results_files`.

    Returns
    -------
    list of str
        The names of the files that were copied now.

    Raises
    ------
    InvalidInput
        As for `copy_published`.
    """
    return copy_published(lines, bucket_of(record, bucket), location_of(record, bucket), target)


def copy_published(lines: Sequence[ResultLine], source: Bucket, location: str, target: Path) -> list[str]:
    """Copy published files from a location in a bucket to a folder; see `fetch`.

    Raises
    ------
    InvalidInput
        If a file of another content has the place of one of these (then nothing is copied), a file is not as its
        manifest says, or two are one there.
    """
    threads = ThreadPoolExecutor(COPY_THREADS)
    try:
        there = list(threads.map(lambda line: _is_there(line, target), lines))
        wanted = [line for line, is_there in zip(lines, there, strict=True) if not is_there]
        list(threads.map(lambda line: _fetch(line, source, location, target), wanted))
        _refuse_what_met(lines, target)
    except Exception:
        threads.shutdown(cancel_futures=True)  # nothing is written any more: who called this may empty the folder
        raise
    finally:
        threads.shutdown(wait=False, cancel_futures=True)  # an interruption is not to wait for what is under way
    return [line.path for line in wanted]


def _refuse_what_met(lines: Sequence[ResultLine], target: Path) -> None:
    """See that no two files are one, as on a file system that takes `a.txt` and `A.txt` for the same."""
    first: dict[str, str] = {}
    for line in lines:
        other = first.setdefault(without_case(line.path), line.path)
        if other != line.path and (target / other).samefile(target / line.path):
            raise InvalidInput(
                f"{other} and {line.path} are one file in {target}, whose file system takes their names for the same; "
                "give a folder on another disk"
            )


def _is_there(line: ResultLine, target: Path) -> bool:
    path = target / checked_name(line.path)
    inside = (path, *(parent for parent in path.parents if target in parent.parents))
    if link := next((place for place in inside if place.is_symlink()), None):
        raise InvalidInput(f"{link} exists and is a link, which may lead elsewhere; give another folder")
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} exists and is not a file; give another folder")
    if not path.exists():
        return False
    if path.stat().st_size == line.size and line.sha256 in (None, _sha256(path)):
        return True
    raise InvalidInput(f"{path} exists with other content; remove it, or give another folder")


def _fetch(line: ResultLine, source: Bucket, location: str, target: Path) -> None:
    path = target / line.path
    # Of one length, whatever the name is, and the same at the next attempt
    unfinished = path.with_name(f".unfinished-{hashlib.sha256(line.path.encode()).hexdigest()[:16]}")
    with _refusals(line, location, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)  # it could be a link
        with _nothing_left(unfinished):
            source.download(location, line.path, unfinished)
    if line.sha256 not in (None, _sha256(unfinished)):
        unfinished.unlink()
        raise InvalidInput(
            f"{line.path} at {location} has another SHA-256 than its manifest says; {_FSCK} says what else is damaged"
        )
    unfinished.rename(path)


@contextmanager
def _nothing_left(unfinished: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def _refusals(line: ResultLine, location: str, path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InvalidInput(f"{line.path} is missing at {location}; {_FSCK} says what else is") from None
    except OSError as error:
        if error.errno is None:  # of S3, which has no numbers
            raise InvalidInput(
                f"{line.path} at {location} cannot be read: {error}; check the AWS credentials"
            ) from None
        if error.filename == f"{location}/{line.path}" and not error.filename2:  # the second: where it was copied to
            raise InvalidInput(f"{error.filename} cannot be read: {why_not_readable(error)}") from None
        raise InvalidInput(f"{path} cannot be written: {error.strerror}; give another folder") from None


def _sha256(path: Path) -> str:
    return str(manifest_line(ResultFile(path.name, path))["sha256"])
