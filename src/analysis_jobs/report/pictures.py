"""Which pictures the results of a job have, and where: of an earlier launch they may be in another bucket."""

import os
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.bucket.places import bucket_of, place_of
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import ManifestLine
from analysis_jobs.report.account import Row


@dataclass(frozen=True)
class Pictures:
    """The PNG files of a job, by their names, and the location in a bucket where they are."""

    bucket: Bucket
    location: str
    files: list[ManifestLine]


def pictures_of(row: Row, bucket: Bucket) -> Pictures | None:
    """Return the pictures of a job; None where the bucket of the launch has no results of it, nor a folder of before.

    Raises
    ------
    Damaged
        If the manifest of the results is damaged, or cannot be read.
    """
    bucket = _bucket_of(row, bucket)
    manifest = bucket.manifest(_result_key(row))
    if manifest is None:
        return None
    pictures = [file for file in manifest["files"] if file["path"].lower().endswith(".png")]
    return Pictures(bucket, place_of(manifest, bucket), sorted(pictures, key=lambda file: file["path"]))


def _bucket_of(row: Row, bucket: Bucket) -> Bucket:
    key, location = _result_key(row), row["location"]
    if row.get("decision") != "done" or not os.path.isabs(location) or bucket.holds(key, location):
        return bucket
    return bucket_of({"_id": key, "location": location}) if Path(location).is_dir() else bucket


def _result_key(row: Row) -> str:
    """Return under which key results were published: of a record of other code that counts, under its own."""
    return row.get("record") or row["key"]
