"""Folders where assets are, of this machine and of S3: what lies in them.

Imports within functions are for a quick start.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from analysis_jobs.aws.s3 import open_s3, s3_errors, split_url

if TYPE_CHECKING:
    from obstore.store import S3Store


class Folders(Protocol):
    """A tree of folders and files, each with a path from its root, which begins with no slash and is empty itself."""

    def location(self, path: str) -> str:
        """Return what people call a path: with the place of the tree."""

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder."""

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """Return the names of what lies in a folder, and whether each is a folder; one that is a link is none.

        Raises
        ------
        OSError
            If it cannot be listed; with an `errno` on this machine only.
        """

    def everything(self, path: str) -> Iterator[list[str]]:
        """Yield what lies below a folder at any depth, each as names that lead there; the folder itself as none."""


class LocalFolders:
    """The folders of this machine; see `Folders`."""

    def location(self, path: str) -> str:
        """See `Folders.location`."""
        return f"/{path}"

    def exists(self, path: str) -> bool:
        """See `Folders.exists`."""
        return os.path.exists(self.location(path))

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """See `Folders.entries`."""
        with os.scandir(self.location(path)) as entries:
            return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]

    def everything(self, path: str) -> Iterator[list[str]]:
        """See `Folders.everything`."""
        root = Path(self.location(path))
        if root.is_dir():
            yield []
        for folder, folders, files in os.walk(root):
            names = Path(folder).relative_to(root).parts
            yield from ([*names, name] for name in [*folders, *files])


class S3Folders:
    """The folders of a bucket in S3, by the slashes in the names of its objects; see `Folders`."""

    def __init__(self, bucket: str) -> None:
        """Take the bucket's name; a public one may be read without credentials.

        Raises
        ------
        OSError, ValueError, analysis_jobs.aws.credentials.CredentialsError
            See `analysis_jobs.aws.s3.open_s3`.
        """
        self.bucket = bucket
        self._store: S3Store = open_s3(bucket, anonymous=None)

    def location(self, path: str) -> str:
        """See `Folders.location`."""
        return f"s3://{self.bucket}/{path}".rstrip("/")

    def exists(self, path: str) -> bool:
        """See `Folders.exists`; the bucket itself does, or listing it is an error."""
        import obstore

        with s3_errors():
            if any(obstore.list(self._store, _below(path))) or not path:
                return True
        try:
            with s3_errors():
                obstore.head(self._store, path)
        except FileNotFoundError:
            return False
        return True

    def entries(self, path: str) -> list[tuple[str, bool]]:
        """See `Folders.entries`."""
        import obstore

        with s3_errors():
            listing = obstore.list_with_delimiter(self._store, _below(path))
        # A folder may have an object of its own name
        files = [file["path"] for file in listing["objects"] if file["path"] != path]
        return [(_last(name), True) for name in listing["common_prefixes"]] + [(_last(name), False) for name in files]

    def everything(self, path: str) -> Iterator[list[str]]:
        """See `Folders.everything`."""
        import obstore

        with s3_errors():
            object_names = [file["path"] for page in obstore.list(self._store, _below(path)) for file in page]
        below = (name.removeprefix(_below(path) or "").split("/") for name in object_names if name != path)
        yield from (list(names) for names in _with_parents(below) if names or path)  # a bucket is no folder


class Places:
    """All that locations lead to; each bucket is opened once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._buckets: dict[str, S3Folders] = {}
        self._lock = Lock()

    def folders(self, location: str) -> tuple[Folders, str]:
        """Return the tree that a location is in, and its path there.

        Raises
        ------
        ValueError
            If the location is of another kind than a path and an ``s3://`` URL.
        OSError, analysis_jobs.aws.credentials.CredentialsError
            See `S3Folders`.
        """
        scheme, is_url, path = location.partition("://")
        if not is_url or scheme == "file":
            return LocalFolders(), str(Path(path if is_url else location).expanduser().absolute()).lstrip("/")
        if scheme != "s3":
            raise ValueError(f"Protocol not known: {scheme}")
        bucket, path = split_url(location)
        with self._lock:
            if bucket not in self._buckets:
                self._buckets[bucket] = S3Folders(bucket)
            return self._buckets[bucket], path


def _below(folder: str) -> str | None:
    return f"{folder}/" if folder else None


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _with_parents(paths: Iterable[list[str]]) -> set[tuple[str, ...]]:
    """Return paths and all the folders that they lie in."""
    return {tuple(names[:depth]) for names in paths for depth in range(len(names) + 1)}
