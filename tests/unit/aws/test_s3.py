"""S3 through obstore: where it is, who asks, and what it answers in words."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from fakes.keys import READER
from fakes.proxy import Proxy
from fakes.s3 import PUBLIC, S3Server

from analysis_jobs.aws import credentials as aws
from analysis_jobs.aws import s3 as module
from analysis_jobs.aws.credentials import CredentialsError, s3_access
from analysis_jobs.aws.s3 import NoSuchName, UnknownAnswer, open_s3, s3_errors, signed_url, split_url


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in READER.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "1")


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)
    s3.client().put_object(Bucket=PUBLIC, Key="shown/object", Body=b"0123456789")
    return s3


def leave_out_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)


# Where it is


def test_the_endpoint_is_that_of_the_environment_or_the_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert s3_access().endpoint is None
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://profile\n[profile lab]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert s3_access().endpoint == "http://profile"
    assert s3_access("lab", anonymous=True).endpoint is None
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all")
    assert s3_access().endpoint == "http://all"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3")
    assert s3_access().endpoint == "http://s3"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert s3_access().endpoint is None


def test_the_region_is_aws_region_before_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert s3_access().region == "eu-central-1"
    monkeypatch.delenv("AWS_REGION")
    assert s3_access().region == "us-west-2"  # AWS_DEFAULT_REGION


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_bucket_in_another_region_is_asked_there(monkeypatch: pytest.MonkeyPatch, anonymous: bool):
    asked: list[str] = []

    def ask_about(name: str, _: object) -> str:
        asked.append(name)
        return "eu-west-3"

    monkeypatch.setattr(aws, "ask_about", ask_about)
    monkeypatch.setattr(aws, "_regions", {})
    for _ in range(2):
        assert open_s3("far-away", anonymous=anonymous).config["region"] == "eu-west-3"
    assert asked == ["far-away"]  # it stays there
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert open_s3("far-away", anonymous=anonymous).config["region"] == "us-west-2"


@pytest.mark.parametrize("name", ["", "what a bucket!", "a/b"])
def test_names_that_no_bucket_has(name: str):
    with pytest.raises(NoSuchName, match="no bucket has such a name"):
        open_s3(name)


@pytest.mark.parametrize(
    ("url", "parts"),
    [("s3://b/a/x/", ("b", "a/x")), ("s3://b", ("b", "")), ("s3://b/", ("b", "")), ("s3:///x", ("", "x"))],
)
def test_split_url(url: str, parts: tuple[str, str]):
    assert split_url(url) == parts


# Who asks


def test_without_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch):
    leave_out_credentials(monkeypatch)
    with pytest.raises(CredentialsError, match="there are no AWS credentials; set AWS_PROFILE"):
        open_s3(PUBLIC)
    for anonymous in (True, None):
        store = open_s3(PUBLIC, "shown", anonymous=anonymous)
        assert bytes(obstore.get(store, "object").bytes()) == b"0123456789"
        assert signed_url(store, "object") == f"{server.url}/{PUBLIC}/shown/object"


def test_a_signed_url_has_the_key_of_who_asks(server: S3Server):
    assert READER.access_key in signed_url(open_s3(PUBLIC), "shown/object")
    assert READER.access_key in signed_url(open_s3(PUBLIC, anonymous=None), "shown/object")
    with pytest.raises(FileNotFoundError, match="a name with an empty part"):
        signed_url(open_s3(PUBLIC), "shown//object")


def test_a_profile_that_is_not_there():
    with pytest.raises(CredentialsError, match=r"profile \(nobody\) could not be found; check AWS_PROFILE") as caught:
        open_s3(PUBLIC, profile="nobody")
    assert caught.value.reason == "The config profile (nobody) could not be found"


def test_credentials_are_asked_for_in_the_thread_that_signs(server: S3Server, monkeypatch: pytest.MonkeyPatch):
    """In another one the garbage collector might come upon objects of h5py, which is holding its lock."""
    from botocore.credentials import Credentials

    threads: set[int] = set()
    original = Credentials.get_frozen_credentials

    def get_frozen_credentials(self: Credentials) -> object:
        threads.add(threading.get_native_id())
        return original(self)

    monkeypatch.setattr(Credentials, "get_frozen_credentials", get_frozen_credentials)
    monkeypatch.setattr(module, "_CREDENTIALS_LAST", timedelta(0))
    store = open_s3(PUBLIC)
    for _ in range(5):
        signed_url(store, "shown/object")
    assert threads == {threading.get_native_id()}


# What it answers


@pytest.mark.parametrize("ask", ["get", "head", "list", "list_with_delimiter"])
def test_answers_in_words(server: S3Server, monkeypatch: pytest.MonkeyPatch, ask: str):
    def asked(bucket: str) -> None:
        name = "none" if ask in ("get", "head") else None
        with s3_errors():
            list(getattr(obstore, ask)(open_s3(bucket), name))

    with pytest.raises(FileNotFoundError, match=r"^(NoSuchBucket|HTTP 404)$"):
        asked("no-such-bucket")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(PermissionError, match=r"^(SignatureDoesNotMatch|no permission)$"):
        asked(PUBLIC)
    with Proxy(server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        proxy.slow_down(1_000)
        with pytest.raises(ConnectionError, match=r"^(SlowDown|HTTP 503)$"):
            asked(PUBLIC)
    with pytest.raises(ConnectionError, match=r"^no connection$"):
        asked(PUBLIC)


def test_other_answers_and_other_errors(server: S3Server, tmp_path: Path):
    with pytest.raises(UnknownAnswer, match=r"^InvalidRange$"), s3_errors():
        obstore.get(open_s3(PUBLIC), "shown/object", options={"range": (100, 200)})
    with pytest.raises(FileNotFoundError, match="No such file"), s3_errors():
        (tmp_path / "none").read_bytes()


# Forks


def test_a_forked_process_is_refused_what_would_hang(server: S3Server):
    with s3_errors():
        obstore.head(open_s3(PUBLIC), "shown/object")
    child = os.fork()
    if child == 0:
        try:
            with s3_errors():
                os._exit(1)
        except RuntimeError as error:
            os._exit(0 if "multiprocessing.get_context('spawn')" in str(error) else 2)
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
