"""Whether what is published is as its manifest says."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.bucket.manifests import UnreadableManifest, below_key, content_digest, missing_in
from analysis_jobs.bucket.names import LOG, MANIFEST, RECORD_FILE
from analysis_jobs.bucket.protocol import Bucket, StoredFile
from analysis_jobs.documents import Manifest, ManifestLine
from analysis_jobs.plain_files import NoPlainFile
from analysis_jobs.shapes import Damaged

log = logging.getLogger(__name__)
_DIGEST = re.compile(r"[0-9a-f]{16}")  # a `content_digest`, which a folder in S3 is called by


def whole_result(bucket: Bucket, key: str, about: Mapping[str, Any]) -> Manifest | None:
    """Return the manifest under a key if all that is published is as it says, else None; the log says what is not.

    Parameters
    ----------
    bucket, key
        Where.
    about
        What another manifest of the job says: of what a record is built from, the published one must have as much.

    Raises
    ------
    OSError
        If a file, or the manifest, is there and cannot be read: it may be whole.
    """
    try:
        manifest = bucket.manifest(key)
    except UnreadableManifest:
        raise
    except Damaged as error:
        _say(key, str(error))
        return None
    if manifest is None:
        return None
    missing = missing_in(manifest)
    wrong = f"its manifest has no {missing}" if missing and about.get(missing) is not None else ""
    if lacking := not wrong and lines_lacking(manifest, key):
        wrong = f"of its manifest {lacking}"
    if wrong := wrong or next(_wrong_files(bucket, key, manifest), ""):
        _say(key, wrong)
        return None
    return manifest


def _say(key: str, wrong: str) -> None:
    log.warning("what was published of %s is not complete (%s), and is replaced", key, wrong)


def _wrong_files(bucket: Bucket, key: str, manifest: Manifest) -> Iterator[str]:
    there = bucket.files(key)
    for name, line in published_lines(manifest, key):
        if wrong := wrong_file(bucket, key, name, line, there):
            yield wrong


def lines_lacking(manifest: Manifest, key: str) -> str:
    """Return in words what shows that a manifest does not name all the files that it once did, or an empty text."""
    lines = manifest["files"]
    if manifest.get("manifest_version") and all(line["path"] != LOG for line in lines):
        return f"the line of {LOG} is missing"
    below = below_key(manifest["location"], key)
    if _DIGEST.fullmatch(below) and content_digest(lines) != below:
        return "some lines are missing or changed, by the digest that the folder is called"
    return ""


def published_names(bucket: Bucket, key: str) -> set[str]:
    """Return the names of what is published under a key, with manifest and record; none where no manifest says it."""
    try:
        manifest = bucket.manifest(key)
    except Damaged:
        return set()
    if manifest is None:
        return set()
    record = f"{below_key(manifest['location'], key)}/{RECORD_FILE}".lstrip("/")
    return {MANIFEST, record, *(name for name, _ in published_lines(manifest, key))}


def published_lines(manifest: Manifest, key: str) -> Iterator[tuple[str, ManifestLine]]:
    """Yield the name of each published file within the folder of its key, and its line."""
    below = below_key(manifest["location"], key)
    for line in manifest["files"]:
        yield f"{below}/{line['path']}".lstrip("/"), line


def wrong_file(
    bucket: Bucket,
    key: str,
    name: str,
    line: ManifestLine,
    there: Mapping[str, StoredFile],
    *,
    checksums: bool = True,
) -> str:
    """Return in words how a file is not as a line says, or an empty text.

    Raises
    ------
    OSError
        If it is there and cannot be read.
    """
    if name not in there:
        return f"{name} is missing"
    if there[name].size != line["size"]:
        return f"{name} has {there[name].size} bytes, its manifest says {line['size']}"
    if not checksums:
        return ""
    try:
        sha256 = bucket.sha256(key, name)
    except FileNotFoundError:
        return f"{name} is missing"
    except NoPlainFile as error:
        return f"{name} cannot be read: {error.strerror}"
    return "" if sha256 == line["sha256"] else f"{name} has another SHA-256 ({sha256[:12]}...) than its manifest says"
