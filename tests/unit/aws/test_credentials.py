"""Credentials and region as AWS' own chain has them."""

import os
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from fakes.s3 import S3Server

from analysis_jobs.aws.credentials import aws_session, s3_access, time_at_s3
from analysis_jobs.errors import InvalidInput


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "config").write_text("[profile lab]\nregion = eu-central-1\n[profile bare]\n")
    keys = "aws_access_key_id = OF{0}\naws_secret_access_key = s\n"
    names = ("lab", "bare")
    (tmp_path / "credentials").write_text("".join(f"[{name}]\n{keys.format(name)}" for name in names))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_a_profile_goes_before_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OFenvironment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert aws_session(None).get_credentials().access_key == "OFenvironment"
    assert aws_session("lab").get_credentials().access_key == "OFlab"


def test_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws_session("lab", "us-west-2").region_name == "eu-central-1"
    assert aws_session("bare", "us-west-2").region_name == "us-west-2"
    assert aws_session("bare").region_name is None
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert aws_session("lab", "us-west-2").region_name == "ap-south-1"


def test_no_credentials_and_no_such_profile() -> None:
    with pytest.raises(InvalidInput, match=r"^there are no AWS credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID "):
        aws_session(None)
    with pytest.raises(InvalidInput, match=r"AWS credentials cannot be used: .*nobody.*; check AWS_PROFILE"):
        aws_session("nobody")


@pytest.mark.parametrize("bucket", ["public", "absent-bucket"])
def test_the_time_at_s3(bucket: str, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    told = time_at_s3(bucket, s3_access())
    assert told and abs(parsedate_to_datetime(told).timestamp() - time.time()) < 60


def test_the_time_at_an_s3_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(ConnectionError, match="EndpointConnectionError"):
        time_at_s3("public", s3_access(anonymous=True))
