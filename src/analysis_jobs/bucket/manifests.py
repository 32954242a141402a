"""Manifests: what they say of a file, and as they are read, held against what they are to be."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.documents import (
    Entry,
    Environment,
    JobDocument,
    LaunchDocument,
    Manifest,
    ManifestLine,
    Parts,
)
from analysis_jobs.plain_files import open_plain
from analysis_jobs.shapes import Damaged, json_in, misshapen, no_json
from analysis_jobs.wording import is_inside, shown, size_text

LARGEST_MANIFEST = 500_000_000
# What a manifest may lack, as one of an old version does: to find and fetch files takes less.
_PARTIAL = (Manifest, Parts, Entry, JobDocument, LaunchDocument, Environment)
# What a record is built from, and a job run again by
_WHOLE = ("key", "attempt", "parts", "job", "outputs", "environment", "run", "started", "ended", "seconds",
          "cpu_seconds", "peak_memory_bytes")  # fmt: skip


class UnreadableManifest(Damaged):
    """There is a manifest, and it cannot be read, as by a lack of permission: it may be whole."""


class ManifestOfAnother(Damaged):
    """A manifest is that of another key, whose folder was renamed or copied."""

    def __init__(self, message: str, other: str) -> None:
        """Take the message, and the other key."""
        super().__init__(message)
        self.other = other


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
        return "it belongs to another key"
    if ".." in folders[folders.index(key) :]:
        return f"its location {shown(manifest['location'])} leads out of that of its key"
    if manifest.get("state") not in (None, "done"):
        return f"its state is {shown(manifest['state'])}"
    names = Counter(line["path"] for line in manifest["files"])
    if twice := [name for name, count in names.items() if count > 1]:
        return f"it names the file {shown(twice[0])} twice"
    odd = [line["path"] for line in manifest["files"] if not is_inside(line["path"]) or line["size"] < 0]
    return f"it names the file {shown(odd[0])}" if odd else no_json(manifest)


def manifest_line(file: ResultFile) -> ManifestLine:
    """Return what a manifest says of a file: as it is known, else as it is read now."""
    if file.line:
        return file.line
    with open_plain(file.path) as content:
        checksum = hashlib.file_digest(content, "sha256").hexdigest()
        return {"path": file.name, "size": os.fstat(content.fileno()).st_size, "sha256": checksum}


def content_digest(lines: Sequence[ManifestLine]) -> str:
    """Return 16 hexadecimal digits that tell results from all others: of every file's name and SHA-256."""
    named = sorted((line["path"], line["sha256"]) for line in lines)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]
