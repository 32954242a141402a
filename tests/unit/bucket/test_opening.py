"""Opening a bucket by its place."""

import re
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.users import ALICE, STRANGER, as_user, commons, folder_of, needs_users  # noqa: F401

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.opening import check_is_there, check_name, open_bucket
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


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket",
        "s3://1.2.3.4.5",
        "s3://_old_",
        "s3://old_Bucket.1/a/b c/ü/",
        "s3://bucket/",
        "folder",
        "/a/folder/not/there",
    ],
)
def test_names_that_are_taken(url: str) -> None:
    check_name(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://", "has no name; give --bucket s3://NAME"),
        ("s3:///x", "has no name; give --bucket s3://NAME"),
        ("s3://ab", "has a name that S3 does not accept; give --bucket s3://NAME, with 3 or more letters"),
        ("s3://my bucket/x", "has a name that S3 does not accept"),
        ("s3://bücket", "has a name that S3 does not accept"),
        ("s3://Bad_Bucket..name/x", "has a name that S3 does not accept"),
        ("s3://.bucket", "has a name that S3 does not accept"),
        ("s3://bucket-/x", "has a name that S3 does not accept"),
        ("s3://192.168.5.4/x", "has a name that S3 does not accept"),
        ("s3://s3://bucket", "has a name that S3 does not accept"),
        ("s3://bucket/a//b", "has a prefix that S3 does not accept; give one of names with single slashes"),
        ("s3://bucket/a/../b", "has a prefix that S3 does not accept"),
        ("s3://bucket/a\nb", "has a prefix that S3 does not accept"),
        (f"s3://bucket/{'a' * 501}", "has a prefix that S3 does not accept"),
        ("gs://bucket", "is of an unknown kind; give a folder or s3://..."),
        (__file__, "is a file; give a folder or s3://..."),
    ],
)
def test_names_that_no_bucket_has(url: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        check_name(url)


@needs_users
def test_a_folder_that_one_may_not_enter(commons: Path) -> None:  # noqa: F811
    out = folder_of(commons / "out", ALICE, 0o2770)

    def look() -> None:
        said = rf"^the bucket {out}/analyses cannot be written: {out} belongs to .*; or give --bucket another folder$"
        with pytest.raises(InvalidInput, match=said):
            check_name(f"{out}/analyses")

    assert as_user(STRANGER, look) == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gs://bucket", "is of an unknown kind; give a folder or s3://..."),
        ("s3://ab", "has a name that S3 does not accept"),
        ("/a/folder/not/there", "there is no bucket '/a/folder/not/there', as no folder is there; check the path of"),
        (__file__, "is a file; give a folder or s3://..."),
    ],
)
def test_buckets_that_nothing_can_be_read_from(url: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        check_is_there(url)


def test_buckets_that_may_be_read_from(tmp_path: Path) -> None:
    for url in (str(tmp_path), "s3://bucket/x"):
        check_is_there(url)
