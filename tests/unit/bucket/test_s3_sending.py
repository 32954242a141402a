"""Files of results on their way to S3; what dies on it is in test_uploads_to_s3_that_die_or_compete."""

import hashlib
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.s3_buckets import ABOUT, check_whole, files_of

from analysis_jobs.bucket import s3_sending
from analysis_jobs.bucket.s3 import S3Bucket
from analysis_jobs.bucket.s3_sending import etag


@pytest.mark.parametrize("size", [s3_sending.SMALL, s3_sending.SMALL + 1, 2 * s3_sending.PART + 1])
def test_small_and_large_files(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path, size: int) -> None:
    bucket.publish("k", files_of(tmp_path, large="0123456789" * (size // 10) + "x" * (size % 10)), ABOUT)
    check_whole(server, name)


@pytest.mark.parametrize(
    ("content", "parts"), [(b"", None), (b"ab", None), (b"abc", None), (b"abcd", 2), (b"abcdefg", 3)]
)
def test_what_s3_calls_a_content(tmp_path: Path, content: bytes, parts: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    digests = b"".join(hashlib.md5(content[start : start + 3]).digest() for start in range(0, len(content), 3))
    of_parts = f"{hashlib.md5(digests).hexdigest()}-{parts}"
    assert etag(path, len(content), part=3) == (of_parts if parts else hashlib.md5(content).hexdigest())
