"""Where published results are now: where a record or a manifest says, or in a bucket that was moved."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.manifests import below_key
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import Manifest
from analysis_jobs.wording import is_url


def location_of(record: Mapping[str, Any], bucket: str | None = None) -> str:
    """Return where the results of a record are: where it says, or in a bucket that was moved since."""
    location = str(record.get("location") or "").rstrip("/")
    if bucket is None:
        return location
    return "/".join(filter(None, (bucket.rstrip("/"), str(record["_id"]), below_key(location, str(record["_id"])))))


def folder_of_key(location: str, key: str) -> str:
    """Return the folder of a key, where its manifest is, from the location of its results: in S3 the one above."""
    return location.removesuffix(below_key(location, key)).rstrip("/")


def bucket_url(record: Mapping[str, Any], bucket: str | None = None) -> str:
    """Return the folder or URL of the bucket that holds the results of a record."""
    return bucket or folder_of_key(location_of(record), str(record["_id"])).rpartition("/")[0]


def bucket_of(record: Mapping[str, Any], bucket: str | None = None) -> Bucket:
    """Open the bucket that holds the results of a record."""
    return open_bucket(bucket_url(record, bucket))


def place_of(manifest: Manifest, bucket: Bucket) -> str:
    """Return where published results are: in the bucket that has the manifest, which may have been moved since."""
    key = manifest["key"]
    return f"{bucket.location(key)}/{below_key(manifest['location'], key)}".rstrip("/")


def bucket_now(record: Mapping[str, Any] | None, outdir: Path, bucket: str | None) -> str | None:
    """Return the bucket if it is not where the record says: as given, or that of a moved or copied OUTDIR."""
    if bucket or record is None or is_url(location_of(record)):
        return bucket
    here, there = outdir / "analyses" / str(record["_id"]), Path(location_of(record))
    if here.resolve() == there.resolve():
        return None
    return str(here.parent) if here.is_dir() and any(here.iterdir()) else None


def whole_place_now(record: Mapping[str, Any] | None, outdir: Path, bucket: str | None) -> str | None:
    """Return the same as job files name it: of a folder the whole path."""
    place = bucket_now(record, outdir, bucket)
    return place if place is None or is_url(place) else os.path.abspath(place)
