"""Where published results are now: where a record or a manifest says, or in a bucket that was moved."""

from collections.abc import Mapping
from typing import Any

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, below_key
from analysis_jobs.documents import Manifest


def location_of(record: Mapping[str, Any], bucket: str | None = None) -> str:
    """Return where the results of a record are: where it says, or in a bucket that was moved since."""
    location = str(record.get("location") or "").rstrip("/")
    if bucket is None:
        return location
    return "/".join(filter(None, (bucket.rstrip("/"), str(record["_id"]), below_key(location, str(record["_id"])))))


def bucket_of(record: Mapping[str, Any], bucket: str | None = None) -> Bucket:
    """Open the bucket that holds the results of a record."""
    location, key = location_of(record, bucket), str(record["_id"])
    place = location.removesuffix(below_key(location, key)).rstrip("/")
    return open_bucket(bucket or place.rpartition("/")[0])


def place_of(manifest: Manifest, bucket: Bucket) -> str:
    """Return where published results are: in the bucket that has the manifest, which may have been moved since."""
    key = manifest["key"]
    return f"{bucket.location(key)}/{below_key(manifest['location'], key)}".rstrip("/")
