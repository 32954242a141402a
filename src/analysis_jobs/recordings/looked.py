"""What comes of looking at an input, and what it then was: its identity, of a file or of a folder."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, NamedTuple

from analysis_jobs.documents import InputIdentity

# `no file` is what is neither a file nor a folder, and cannot be read twice
LookedState = Literal["there", "missing", "no file", "no rights", "cannot tell"]
# Of a folder, which is not listed to its end if it has more: in S3 a page of 1,000 takes some 0.1 s
MOST_LISTED = 100_000


class TooManyFiles(Exception):
    """A folder has more files than are listed."""


@dataclass(frozen=True)
class Looked:
    """What came of looking at an input; `why` says of one that is not there in a few words why not."""

    state: LookedState
    why: str = ""
    identity: InputIdentity | None = None


class ListedFile(NamedTuple):
    """A file in a folder: its path there, bytes, and what changes as its content does, as an ETag or a time."""

    name: str
    size: int
    mark: str


def folder_identity(location: str, files: Iterable[ListedFile]) -> InputIdentity:
    """Return the identity of a folder, whatever the order in which its files are listed.

    Raises
    ------
    TooManyFiles
        If it has more than `MOST_LISTED`.
    """
    listing = sorted(islice(files, MOST_LISTED + 1))
    if len(listing) > MOST_LISTED:
        raise TooManyFiles(f"it has more than {MOST_LISTED:,} files")
    digest = hashlib.sha256()
    for file in listing:
        digest.update(f"{file.name}\0{file.size}\0{file.mark}\n".encode(errors="surrogateescape"))
    size = sum(file.size for file in listing)
    return {"location": location, "size": size, "files": len(listing), "listing": digest.hexdigest()}


def folder_content(files: Iterable[tuple[str, str]]) -> str:
    """Return the digest of what is in a folder, of the paths of its files there and the SHA-256 of each."""
    digest = hashlib.sha256()
    for name, sha256 in sorted(files):
        digest.update(f"{name}\0{sha256}\n".encode(errors="surrogateescape"))
    return f"folder-sha256:{digest.hexdigest()}"


def file_content(sha256: str) -> str:
    """Return the digest of a file as keys have it."""
    return f"sha256:{sha256}"


def exact_time(nanoseconds: int) -> str:
    """Return a time since 1970 in words that keep all of it."""
    seconds, rest = divmod(nanoseconds, 10**9)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
    except (OverflowError, ValueError, OSError):  # of a disk that is not sound
        return f"{nanoseconds} ns"
