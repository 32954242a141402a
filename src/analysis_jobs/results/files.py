"""The files that an analysis left, as a record leads to them: their names, and reading them.

Imports within functions are for a quick start.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE
from analysis_jobs.bucket.places import bucket_of, location_of
from analysis_jobs.bucket.protocol import Bucket, NoBucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.plain_files import NoPlainFile, open_plain
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.wording import is_inside, listed, shown

_ADDED = (MANIFEST, RECORD_FILE)  # by the pipeline, beside the files of the analysis
_MOST_NAMED = 10


def list_results_files(record: Mapping[str, Any], bucket: str | None = None) -> list[str]:
    """Return the paths or URLs of all files of the results at the location of a record.

    The manifest and the record itself, which the pipeline adds, are not among them.

    Parameters
    ----------
    record
        As `get_docdb_records_partial` returns it.
    bucket
        Where the bucket is now, a folder or ``s3://`` URL; None: where the record says.
    """
    location = location_of(record, bucket)
    return [f"{location}/{name}" for name in result_sizes(record, bucket)]


def result_sizes(record: Mapping[str, Any], bucket: str | None = None, opened: Bucket | None = None) -> dict[str, int]:
    """Return the sizes (bytes) of all files that an analysis left, by their names within the results, sorted."""
    location = location_of(record, bucket)
    try:
        with refusals(location):
            sizes = (opened or bucket_of(record, bucket)).sizes(location)
    except NoBucket:
        return {}
    return {name: sizes[name] for name in sorted(sizes) if name not in _ADDED}


def open_result(
    record: Mapping[str, Any],
    name: str,
    mode: str = "r",
    *,
    encoding: str = "utf-8",
    bucket: str | None = None,
) -> IO[Any]:
    """Open a file of the results for reading, in a local folder or in S3.

    Parameters
    ----------
    record
        As `get_docdb_records_partial` returns it.
    name
        The file's name within the results, such as ``spikes.json`` or ``plots/rates.png``.
    mode
        ``r`` for text, ``rb`` for bytes. Both support seeking; from S3 only what is read is fetched.
    encoding
        Encoding of text.
    bucket
        Where the bucket is now, a folder or ``s3://`` URL; None: where the record says.

    Raises
    ------
    FileNotFoundError
        If there is no such file; the message lists the files.
    InvalidInput
        If the name leads out of the results, the mode is not allowed, or S3 refuses.

    Examples
    --------
    >>> with open_result(record, "spikes.json") as file:  # doctest: +SKIP
    ...     spikes = json.load(file)
    """
    checked_mode(mode)
    try:
        raw = open_at(location_of(record, bucket), name)
    except (FileNotFoundError, IsADirectoryError):
        raise FileNotFoundError(_missing(name, record, bucket)) from None
    return raw if mode == "rb" else io.TextIOWrapper(raw, encoding)


def checked_mode(mode: str) -> str:
    """Return a mode of `open`, having seen that it is one of reading.

    Raises
    ------
    InvalidInput
        If not.
    """
    if mode not in ("r", "rt", "rb"):
        raise InvalidInput(f"mode is {shown(mode)}, but results can only be read; give 'r' for text or 'rb' for bytes")
    return mode


def open_at(location: str, name: str) -> io.BufferedReader:
    """Open a file at the location of results, for reading; also in a process that was forked, where S3 lists nothing.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If there is no such file.
    InvalidInput
        If the name leads out of the results, or it cannot be read.
    """
    checked_name(name)
    return _open_s3(f"{location}/{name}") if location.startswith("s3://") else _open_local(Path(location), name)


def checked_name(name: str) -> str:
    """Return the name of a file within results.

    Raises
    ------
    InvalidInput
        If it would lead out of them.
    """
    if not is_inside(name):
        raise InvalidInput(f"{shown(name)} is not a name within the results; give one such as 'plots/rates.png'")
    return name


def _open_local(folder: Path, name: str) -> io.BufferedReader:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput(f"{shown(name)} leads out of {folder}; give the name of a file within the results")
    with refusals(str(path)):
        return open_plain(path)


def _open_s3(url: str) -> io.BufferedReader:
    from analysis_jobs.recordings.remote_file import open_remote

    with refusals(url):
        return io.BufferedReader(open_remote(url, anonymous=False))


@contextmanager
def refusals(place: str) -> Iterator[None]:
    """Say what S3, or the system, does not let this user read as a mistake of theirs."""
    try:
        yield
    except NoPlainFile as error:
        raise InvalidInput(f"{place} cannot be read: {error.strerror}; remove it") from None
    except PermissionError as error:
        if not place.startswith("s3://"):
            raise InvalidInput(f"{place} cannot be read: {why_not_readable(error)}") from None
        raise InvalidInput(
            f"{shown(place)} cannot be read ({error}); check the AWS credentials (AWS_PROFILE)"
        ) from None


def nothing_at(location: str) -> str:
    """Return what messages say where a record's files are not."""
    return f"there is nothing at {location}; if the bucket was moved, give --bucket (in Python bucket=)"


def _missing(name: str, record: Mapping[str, Any], bucket: str | None) -> str:
    location = location_of(record, bucket)
    there = list(result_sizes(record, bucket))
    if not there:
        return nothing_at(location)
    return f"there is no file {shown(name)} at {location}; there are: {listed(there, _MOST_NAMED)}"
