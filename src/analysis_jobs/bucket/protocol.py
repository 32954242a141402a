"""What every bucket can do, whatever lies behind it, and what a manifest says of a file."""

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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


class UnreadableManifest(Damaged):
    """There is a manifest, and it cannot be read, as by a lack of permission: it may be whole."""


class ManifestOfAnother(Damaged):
    """A manifest is that of another key, whose folder was renamed or copied."""

    def __init__(self, message: str, other: str) -> None:
        """Take the message, and the other key."""
        super().__init__(message)
        self.other = other


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


@dataclass(frozen=True)
class StoredFile:
    """A file in a bucket: its size (bytes), and when it was last written."""

    size: int
    changed: datetime


class Bucket(Protocol):
    """Published results, each under the key of its job: the files, and a `manifest.json` that is written last.

    Without a manifest nothing is published. What is published under a key is never changed while it is whole.
    """

    def location(self, key: str) -> str:
        """Return where the results of a job are, or will be."""

    def holds(self, key: str, location: str) -> bool:
        """Return whether a location is that of a key in this bucket, or in it, however it is written."""

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
        """Publish the results of a job, unless it is published already, and whole.

        Every file of what is published is read for that. What is damaged, or has no manifest that can be used, is
        replaced by this attempt: it is known to be whole.

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

    def folders(self) -> Iterator[tuple[str, dict[str, StoredFile] | OSError]]:
        """Yield every folder of the bucket: its name, a key unless it is somebody else's, and its files, or why not.

        Their names are those within the folder, with forward slashes. Files that lie in no folder come under an empty
        name. What was set aside is left out.
        """

    def files(self, key: str) -> dict[str, StoredFile]:
        """Return the files in the folder of a key as they are now; see `folders`."""

    def lacking(self, keys: Sequence[str]) -> set[str]:
        """Return for which of some keys nothing is here; of very many it may look for some only."""

    def sha256(self, key: str, name: str) -> str:
        """Return the SHA-256, in hexadecimal, of a file in the folder of a key, read to its end.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """

    def proven(self, key: str, location: str) -> list[ManifestLine] | None:
        """Return what a manifest says of the files at a location, read now, if they prove to be the published ones.

        None where nothing but a manifest could say so, or they are others.
        """

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

    def leftovers(self, key: str, names: Collection[str], location: str | None) -> list[str]:
        """Return those files in the folder of a key that an attempt has put there, and that are not published.

        The attempt may be dead, or on its way. `location` is that of the published results, or None where nothing is
        published. Results that were ever recorded are none.
        """

    def remove(self, key: str, names: Collection[str]) -> bool:
        """Remove files from the folder of a key, unless somebody is known to be writing there; return whether."""

    def move(self, key: str, to: str) -> None:
        """Give the folder of a key the name of another key, of which there must be no other files."""

    def set_aside(self, key: str, name: str, content: str) -> str:
        """Keep what is taken out of use, beside all keys, by a name never used before; return where."""

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
    wrong = misshapen(manifest, Manifest, _PARTIAL)
    if not wrong and (other := manifest.get("key") or key) != key:
        raise ManifestOfAnother(f"the manifest of {key} in {place} is that of another key, {other}", other)
    if wrong := wrong or _unusable(manifest, key):
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
        f"the manifest of {key} in {place} is damaged: {wrong}; restore {MANIFEST}, or `analysis-jobs fsck --repair` "
        "makes it again or opens the job again"
    )


def missing_in(manifest: Mapping[str, Any]) -> str:
    """Return the first name that a manifest lacks of what a record is built from, or an empty text."""
    return next((name for name in _WHOLE if manifest.get(name) is None), "")


def below_key(location: str, key: str) -> str:
    """Return the folder of results within that of their key: the digest in S3, nothing in a local bucket."""
    _, separator, rest = location.rpartition(f"/{key}")
    return rest.strip("/") if separator else ""


def whole_manifest(manifest: Manifest, key: str, place: str) -> Manifest:
    """Return a manifest, having seen that a record can be built from it.

    Raises
    ------
    Damaged
        If something is missing.
    """
    if missing := missing_in(manifest):
        refuse_manifest(key, place, f"it has no {missing}")
    if wrong := misshapen(manifest, Manifest, (Manifest, JobDocument)):
        refuse_manifest(key, place, wrong)
    return manifest


def _unusable(manifest: Mapping[str, Any], key: str) -> str:
    for name in ("location", "files"):
        if manifest.get(name) is None:
            return f"it has no {name}"
    folders = manifest["location"].rstrip("/").split("/")
    if key not in folders:
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


def changed_text(file: ResultFile) -> str:
    """Return what is said of a file whose content is not what is known of it."""
    return f"{file.name} has another content than the analysis left"


def content_digest(lines: Sequence[ManifestLine]) -> str:
    """Return 16 hexadecimal digits that tell results from all others: of every file's name and SHA-256."""
    named = sorted((line["path"], line["sha256"]) for line in lines)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]
