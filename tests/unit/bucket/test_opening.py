"""Opening a bucket by its place."""

from pathlib import Path

import pytest
from fakes.s3 import S3Server

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput


@pytest.mark.parametrize("url", ["s3://", "s3:///x"])
def test_a_bucket_without_a_name(server: S3Server, url: str) -> None:
    with pytest.raises(InvalidInput, match=r"has no name; give --bucket s3://NAME, or set ANALYSIS_BUCKET$"):
        open_bucket(url)


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "bucket")


def test_open_bucket_makes_nothing(tmp_path: Path) -> None:
    assert open_bucket(str(tmp_path / "bucket")).manifest("k") is None
    assert not (tmp_path / "bucket").exists()
