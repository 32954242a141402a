"""Whether what is published is as its manifest says."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from analysis_jobs.bucket.protocol import Bucket, StoredFile, UnreadableManifest, below_key, missing_in
from analysis_jobs.documents import Manifest, ManifestLine
from analysis_jobs.shapes import Damaged

log = logging.getLogger(__name__)


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
    if wrong := wrong or next(_wrong_files(bucket, key, manifest), ""):
        _say(key, wrong)
        return None
    return manifest


def _say(key: str, wrong: str) -> None:
    log.warning("what was published of %s is not whole (%s), and is replaced", key, wrong)


def _wrong_files(bucket: Bucket, key: str, manifest: Manifest) -> Iterator[str]:
    there = bucket.files(key)
    for name, line in published_lines(manifest, key):
        if wrong := wrong_file(bucket, key, name, line, there):
            yield wrong


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
    return "" if sha256 == line["sha256"] else f"{name} has another SHA-256 ({sha256[:12]}...) than its manifest says"
