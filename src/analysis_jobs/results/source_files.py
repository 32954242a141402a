"""What an analysis reads of the results that its job is made from: their files, checked, and their outputs."""

import hashlib
import io
import shutil
from functools import lru_cache
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, Any, cast

from analysis_jobs.bucket.manifests import below_key, checked_manifest, refuse_manifest
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.places import folder_of_key
from analysis_jobs.documents import Manifest, Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.source_results import SourceResult
from analysis_jobs.results.files import checked_mode, open_at
from analysis_jobs.wording import listed, shown

_KEPT = 32  # manifests
_MOST_NAMED = 10


def open_source(
    source: SourceResult, name: str, mode: str = "r", *, encoding: str = "utf-8", checked: bool = True
) -> IO[Any]:
    """Open a file of a result that a job is made from, for reading, in a local folder or in S3.

    Parameters
    ----------
    source
        One of ``job.sources``.
    name
        The file's name within the results, such as ``rates.json`` or ``plots/rates.png``.
    mode
        ``r`` for text, ``rb`` for bytes. Both support seeking.
    encoding
        Encoding of text.
    checked
        Read the file to its end first, and refuse it if its SHA-256 is not the one in the manifest. A file in S3 is
        read into a temporary file for this.

    Raises
    ------
    FileNotFoundError
        If there is no such file; the message lists the files.
    InvalidInput
        If the file is not as it was published, has no manifest to check it by, or cannot be read.

    Examples
    --------
    >>> with open_source(job.sources[0], "rates.json") as file:  # doctest: +SKIP
    ...     rates = json.load(file)
    """
    checked_mode(mode)
    _see_that_it_can_be_read(source)
    raw = _as_published(source, name) if checked else _opened(source, name)
    return raw if mode == "rb" else io.TextIOWrapper(raw, encoding)


def source_outputs(source: SourceResult) -> Values:
    """Return the outputs of a result that a job is made from; outputs that are too large for a job file are read now.

    Parameters
    ----------
    source
        One of ``job.sources``.

    Raises
    ------
    InvalidInput
        If they must be read, and cannot be.
    """
    if source.outputs is not None:
        return source.outputs
    _see_that_it_can_be_read(source)
    manifest = _manifest(source.key, source.location)
    if "outputs" not in manifest:
        refuse_manifest(source.key, source.location, "it has no outputs")
    return manifest["outputs"]


def _see_that_it_can_be_read(source: SourceResult) -> None:
    if source.location.startswith("s3://") and find_spec("obstore") is None:
        raise ImportError("results in S3 are read by obstore: pip install 'aind-analysis-jobs[s3]'")


def _opened(source: SourceResult, name: str) -> IO[bytes]:
    try:
        return open_at(source.location, name)
    except (FileNotFoundError, IsADirectoryError):
        raise FileNotFoundError(f"there is no file {shown(name)} at {source.location}") from None


def _as_published(source: SourceResult, name: str) -> IO[bytes]:
    """Return a file from its beginning, having seen that its content is that which was published."""
    wanted, raw = _sha256(source, name), _opened(source, name)
    file = _copied(raw) if source.location.startswith("s3://") else raw
    if hashlib.file_digest(cast("Any", file), "sha256").hexdigest() != wanted:
        file.close()
        raise InvalidInput(
            f"{name} at {source.location} has another SHA-256 than its manifest says; `analysis-jobs fsck` says what "
            "else is damaged"
        )
    file.seek(0)
    return file


def _sha256(source: SourceResult, name: str) -> str:
    lines = {line["path"]: line["sha256"] for line in _manifest(source.key, source.location)["files"]}
    if name not in lines:
        there = listed(sorted(lines), _MOST_NAMED) or "none"
        raise FileNotFoundError(f"there is no file {shown(name)} at {source.location}; there are: {there}")
    return lines[name]


@lru_cache(_KEPT)
def _manifest(key: str, location: str) -> Manifest:
    place = folder_of_key(location, key)
    try:
        with open_at(place, MANIFEST) as file:
            manifest = checked_manifest(file.read(), key, place)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise InvalidInput(
            f"there is no {MANIFEST} at {place} to check files by: the result is gone, or never had one; give "
            "checked=False to read what is there"
        ) from None
    if below_key(manifest["location"], key) != below_key(location, key):
        raise InvalidInput(
            f"the result at {location} was published again, and is at {manifest['location']}; write the job file "
            "again, with `analysis-jobs dispatch --results-of`"
        )
    return manifest


def _copied(remote: IO[bytes]) -> IO[bytes]:
    with remote:
        copy: IO[bytes] = TemporaryFile()  # noqa: SIM115 (who asked for the file closes it)
        shutil.copyfileobj(remote, copy, 1 << 24)
        copy.seek(0)
        return copy
