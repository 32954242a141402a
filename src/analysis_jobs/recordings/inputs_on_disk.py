"""Inputs on a disk: whether they are there, what they are, and what is in them."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from analysis_jobs.plain_files import open_plain, special_kind
from analysis_jobs.recordings.looked import (
    ListedFile,
    Looked,
    exact_time,
    file_content,
    folder_content,
    folder_identity,
)

# Calls a function with each of many, some at a time, and returns what it returned in their order
Each = Callable[[Callable[[str], str], Iterable[str]], Iterable[str]]


class InputsOnDisk:
    """Paths of this machine."""

    def look(self, path: str, *, identify: bool) -> Looked:
        """Look at a file or a folder, of which `identify` lists all files.

        Raises
        ------
        OSError, ValueError, analysis_jobs.recordings.looked.TooManyFiles
            If that cannot be told.
        """
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return Looked("missing", "nothing is there")
        except PermissionError as error:
            return Looked("no rights", error.strerror or "")
        if kind := special_kind(status.st_mode):
            return Looked("no file", f"it is {kind}, not a file")
        if not identify:
            return Looked("there")
        if os.path.isdir(path):
            return Looked("there", identity=folder_identity(path, _listed(path)))
        about = {"location": path, "size": status.st_size, "modified": exact_time(status.st_mtime_ns)}
        return Looked("there", identity=about)  # type: ignore[arg-type]  # it is one

    def content(self, path: str, each: Each) -> str:
        """Return the digest of what is there; see `analysis_jobs.documents.InputContent`.

        Raises
        ------
        OSError, ValueError
            If it cannot be read.
        """
        if not os.path.isdir(path):
            return file_content(_sha256(path))
        names = [name for name, _ in _files(path)]
        return folder_content(zip(names, each(partial(_sha256_in, path), names), strict=True))


def _listed(folder: str) -> Iterator[ListedFile]:
    for name, status in _files(folder):
        yield ListedFile(name, status.st_size if status else -1, exact_time(status.st_mtime_ns) if status else "")


def _files(
    folder: str, below: str = "", above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[str, os.stat_result | None]]:
    """Yield the files in a folder at any depth; links are followed, and one that leads nowhere has no status."""
    status = os.stat(folder)
    this = status.st_dev, status.st_ino
    if this in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{below}{entry.name}"
            if entry.is_dir():
                yield from _files(entry.path, f"{name}/", above | {this})
            else:
                try:
                    yield name, entry.stat()
                except FileNotFoundError:
                    yield name, None


def _sha256_in(folder: str, name: str) -> str:
    try:
        return _sha256(os.path.join(folder, name))
    except OSError as error:
        raise OSError(f"of {name}: {error.strerror or error}") from None


def _sha256(path: str) -> str:
    with open_plain(path) as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError("it changed while it was read")
    return digest
