"""Looking for files where assets are: in local folders and in S3, through fsspec."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

# Folders that are one recording each, of thousands of small objects: what lies in them is no file of its own.
_STORES = (".zarr", ".nwb")
_AT_ONCE = 16


def absolute(location: str) -> str:
    """Return a location as tasks can use it, which run elsewhere: a URL as it is, an absolute path."""
    return location if "://" in location else str(Path(location).expanduser().absolute())


def matches(pattern: str) -> list[str]:
    """Return the locations, sorted, that match a pattern: a path, or an ``s3://`` URL.

    Raises
    ------
    InvalidInput
        If it cannot be listed.
    """
    with _listing(pattern):
        filesystem, path = _filesystem(pattern)
        found = filesystem.glob(path.rstrip("/"))
        return sorted({_location(filesystem, name) for name in found})


def files_below(locations: list[str], extension: str) -> list[list[str]]:
    """Return, for each location, the files in it at any depth whose names end with `extension`, sorted.

    A folder of such a name (Zarr) counts as a file, and so does a location itself. Of a location that is not
    there the list is empty.

    Raises
    ------
    InvalidInput
        If one cannot be listed.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda location: _files(location, extension), locations))


def _files(location: str, extension: str) -> list[str]:
    if location.rstrip("/").endswith(extension):
        return [location.rstrip("/")]
    with _listing(location):
        filesystem, path = _filesystem(location)
        try:
            return sorted(_location(filesystem, name) for name in _below(filesystem, path.rstrip("/"), extension))
        except (FileNotFoundError, NotADirectoryError):
            return []


def _below(filesystem: Any, folder: str, extension: str) -> Iterator[str]:
    for entry in filesystem.ls(folder, detail=True):
        name = entry["name"].rstrip("/")
        if name == folder:  # in S3 a folder may have an object of its own name, and a file lists itself
            continue
        if name.endswith(extension):
            yield name
        elif entry["type"] == "directory" and not name.endswith(_STORES):
            yield from _below(filesystem, name, extension)


def _location(filesystem: Any, name: str) -> str:
    name = name.rstrip("/")
    return name if _is_local(filesystem) else str(filesystem.unstrip_protocol(name))


def _is_local(filesystem: Any) -> bool:
    return "file" in filesystem.protocol


def _filesystem(location: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    options = {"anon": not _credentials(), "use_listings_cache": False} if location.startswith("s3://") else {}
    filesystem, path = url_to_fs(location, **options)
    return filesystem, path


@cache
def _credentials() -> bool:
    """Return whether there are any; without, public buckets can be read."""
    from boto3 import Session

    return Session().get_credentials() is not None


@contextmanager
def _listing(place: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except FileNotFoundError:
        raise InvalidInput(f"there is nothing at {shown(place)}; check the path or the bucket") from None
    except (OSError, BotoCoreError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InvalidInput(
            f"{shown(place)} cannot be listed: {reason}; check permissions, for S3 the credentials (AWS_PROFILE) "
            "and the network"
        ) from None
    except (ImportError, ValueError) as error:  # fsspec does not know the scheme, or lacks a package for it
        raise InvalidInput(f"{shown(place)} cannot be listed: {error}; give a path or an s3:// URL") from None
