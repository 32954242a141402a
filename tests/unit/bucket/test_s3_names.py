"""What a bucket in S3 may be called, and whether it can be reached."""

import pytest
from fakes.s3 import S3Server

from analysis_jobs.bucket.s3 import S3Bucket
from analysis_jobs.bucket.s3_names import check_names, name_and_prefix
from analysis_jobs.errors import InvalidInput


def test_name_and_prefix() -> None:
    assert name_and_prefix("s3://lab/some/prefix/") == ("lab", "some/prefix")
    assert name_and_prefix("s3://lab") == ("lab", "")
    with pytest.raises(InvalidInput, match="the bucket s3:// has no name; give --bucket s3://NAME"):
        name_and_prefix("s3://")


@pytest.mark.parametrize("url", ["s3://lab", "s3://lab.1/a/b c", f"s3://lab/{'x' * 500}"])
def test_names_that_s3_takes(url: str) -> None:
    check_names(url)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("s3://ab", "name"),
        ("s3://l/ab", "name"),
        ("s3://lab/a//b", "prefix"),
        ("s3://lab/../b", "prefix"),
        ("s3://lab/a\tb", "prefix"),
        (f"s3://lab/{'ü' * 251}", "prefix"),
    ],
)
def test_names_that_s3_does_not_take(url: str, part: str) -> None:
    with pytest.raises(InvalidInput, match=f"has a {part} that S3 does not accept; give "):
        check_names(url)


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, server: S3Server) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(
        InvalidInput, match=r"^S3 cannot be reached for s3://b-x \(EndpointConnectionError\); check --bucket"
    ):
        S3Bucket("s3://b-x").check()
