"""What every bucket can do, whatever lies behind it, and what a manifest says of a file."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.documents import (
    Entry,
    Environment,
    JobDocument,
    LaunchDocument,
    Manifest,
    ManifestLine,
    Parts,
    PublishedOutcome,
)
from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged, json_in, misshapen, no_json
from analysis_jobs.wording import is_inside, shown, size_text


class ChangedFile(Exception):
    """A file has another content than is known of it."""


class RefusedName(Exception):
    """Results have a name that cannot be kept there, or two that would be one; says which."""


class NoBucket(InvalidInput):
    """There is no bucket of that name."""


@dataclass(frozen=True)
class ResultFile:
    """A file to publish: `name` within the results, with forward slashes, and where it lies now.

    `line` is what is known of its content from before, which is then not read only to know it.
    """

    name: str
    path: Path
    line: ManifestLine | None = None


class Bucket(Protocol):
    """Published results, each under the key of its job: the files, and a `manifest.json` that is written last.

    Without a manifest nothing is published. What is published under a key is never changed.
    """

    def location(self, key: str) -> str:
        """Return where the results of a job are, or will be."""

    def check(self) -> None:
        """See that results can be published here, and warn of what this bucket cannot promise.

        Raises
        ------
        InvalidInput
            If it does not exist or refuses to be written: says so in one sentence.
        ServiceUnavailable
            If it does not answer now.
        """

    def manifest(self, key: str) -> Manifest | None:
        """Return the manifest under a key, or None if nothing is published there.

        Raises
        ------
        Damaged
            If it is none; see `checked_manifest`.
        """

    def publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        """Publish the results of a job, unless it is published already.

        Parameters
        ----------
        key
            The job's key.
        files
            The files. Those that a dead attempt has already brought there are not sent again.
        about
            What the manifest says beside `files`; its `location` is that of the bucket.

        Returns
        -------
        Manifest
            The one that is there now: this one, or that of another run which was first; then nothing of this attempt
            remains.

        Raises
        ------
        RefusedName
            If a file cannot have its name there; then nothing is published, and nothing remains.
        """

    def folders(self) -> Iterator[tuple[str, dict[str, int]]]:
        """Yield every folder of the bucket: its name, a key unless it is somebody else's, and its files.

        Of each file the name within the folder, with forward slashes, and its size (bytes).
        """

    def sha256(self, key: str, name: str) -> str:
        """Return the SHA-256, in hexadecimal, of a file in the folder of a key, read to its end."""

    def sizes(self, location: str) -> dict[str, int]:
        """Return the sizes (bytes) of all files that are published at a location, by their names; none without any.

        Raises
        ------
        NoBucket
            If not even the bucket is there, where that can be told.
        """

    def download(self, location: str, name: str, target: Path) -> None:
        """Copy a file of the results that are published at a location to a file, which is overwritten.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """

    def leftovers(self, key: str, names: Iterable[str], location: str | None) -> list[str]:
        """Return those files in the folder of a key that a dead attempt left there, and nobody else can have put.

        `location` is that of the published results, or None where nothing is published.
        """

    def remove(self, key: str, names: Iterable[str]) -> None:
        """Remove files from the folder of a key."""

    def put(self, location: str, name: str, content: bytes) -> None:
        """Put a small file beside the results that are published at a location, whole or not at all."""


LARGEST_MANIFEST = 500_000_000
# What a manifest may lack, as one of an old version does: to find and fetch files takes less.
_PARTIAL = (Manifest, Parts, Entry, JobDocument, LaunchDocument, Environment)
# What a record is built from, and a job run again by
_WHOLE = ("key", "attempt", "parts", "job", "outputs", "environment", "run", "started", "ended", "seconds",
          "cpu_seconds", "peak_memory_bytes")  # fmt: skip


def checked_manifest(content: bytes, key: str, place: str) -> Manifest:
    """Return a manifest as it was read, having seen that its files can be found by it.

    Parameters
    ----------
    content
        The file.
    key
        Under which it lies.
    place
        Where that is.

    Raises
    ------
    Damaged
        If it is none: says which, and what is wrong.
    """
    try:
        manifest = json_in(content)
    except ValueError as error:
        refuse_manifest(key, place, str(error))
    if wrong := misshapen(manifest, Manifest, _PARTIAL) or _unusable(manifest, key):
        refuse_manifest(key, place, wrong)
    return cast(Manifest, manifest)


def check_manifest_size(size: int, key: str, place: str) -> None:
    """See before a manifest is read that it fits into memory.

    Raises
    ------
    Damaged
        If it is larger than that of millions of files.
    """
    if size > LARGEST_MANIFEST:
        refuse_manifest(key, place, f"it is too large ({size_text(size)})")


def refuse_manifest(key: str, place: str, wrong: str) -> NoReturn:
    """Say which manifest is damaged, and what is wrong with it.

    Raises
    ------
    Damaged
        Always.
    """
    raise Damaged(
        f"the manifest of {key} in {place} is damaged: {wrong}; restore {MANIFEST}, or remove the folder of the key "
        "and its record to have the job run again"
    )


def whole_manifest(manifest: Manifest, key: str, place: str) -> Manifest:
    """Return a manifest, having seen that a record can be built from it.

    Raises
    ------
    Damaged
        If something is missing.
    """
    known: Mapping[str, object] = manifest
    if missing := [name for name in _WHOLE if known.get(name) is None]:
        refuse_manifest(key, place, f"it has no {missing[0]}")
    if wrong := misshapen(manifest, Manifest, (Manifest, JobDocument)):
        refuse_manifest(key, place, wrong)
    return manifest


def _unusable(manifest: Mapping[str, Any], key: str) -> str:
    for name in ("location", "files"):
        if manifest.get(name) is None:
            return f"it has no {name}"
    folders = manifest["location"].rstrip("/").split("/")
    if manifest.get("key", key) != key or key not in folders:
        return "it is that of another key"
    if ".." in folders[folders.index(key) :]:
        return f"its location {shown(manifest['location'])} leads out of that of its key"
    odd = [line["path"] for line in manifest["files"] if not is_inside(line["path"]) or line["size"] < 0]
    return f"it names the file {shown(odd[0])}" if odd else no_json(manifest)


def manifest_line(file: ResultFile) -> ManifestLine:
    """Return what a manifest says of a file: as it is known, else as it is read now."""
    if file.line:
        return file.line
    with file.path.open("rb") as content:
        checksum = hashlib.file_digest(content, "sha256").hexdigest()
        return {"path": file.name, "size": os.fstat(content.fileno()).st_size, "sha256": checksum}


def content_digest(lines: Sequence[ManifestLine]) -> str:
    """Return 16 hexadecimal digits that tell results from all others: of every file's name and SHA-256."""
    named = sorted((line["path"], line["sha256"]) for line in lines)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]
