"""The bucket in S3: published whole or not at all, whoever else is at it, dies, or does not answer."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fakes.keys import READER, WRITER
from fakes.proxy import Proxy
from fakes.s3 import S3Server
from support.s3_buckets import ABOUT, check_whole, files_of

from analysis_jobs.bucket import manifests
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import NoBucket, ResultFile
from analysis_jobs.bucket.s3 import S3Bucket
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.shapes import Damaged


def test_published(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    assert bucket.manifest("k") is None
    manifest = bucket.publish("k", files_of(tmp_path, one="1", deep="2", empty=""), ABOUT)
    assert manifest == check_whole(server, name) == bucket.manifest("k")
    assert {"key": manifest["key"], "by": manifest["by"]} == ABOUT
    assert [line["path"] for line in manifest["files"]] == ["one", "sub/deep", "empty"]
    assert bucket.location("k") == f"s3://{name}/some/prefix/k"


def test_a_bucket_without_a_prefix(server: S3Server, name: str, tmp_path: Path) -> None:
    bucket = open_bucket(f"s3://{name}")
    bucket.publish("k", files_of(tmp_path, one="1"), ABOUT)
    check_whole(server, name, prefix="")


def test_odd_names(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    odd = ["a b", "c+d", "e%20f", "ü ö", "g#h?i", "[j]*", "~", "a&b=c;d", "'quoted\""]
    bucket.publish("k", files_of(tmp_path, **dict.fromkeys(odd, "x")), ABOUT)
    assert {line["path"] for line in check_whole(server, name)["files"]} == set(odd)


def test_what_is_published_stays(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    first = bucket.publish("k", files_of(tmp_path / "1", one="1"), ABOUT)
    assert bucket.publish("k", files_of(tmp_path / "2", one="2", two="2"), {"by": "another"}) == first
    assert check_whole(server, name) == first


# What lies beside


def test_put_beside(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    location = bucket.publish("k", files_of(tmp_path, one="1"), ABOUT)["location"]
    for content in (b"first", b"second"):
        bucket.put(location, "metadata.nd.json", content)
        key = f"{location.removeprefix(f's3://{name}/')}/metadata.nd.json"
        assert server.read(name, key) == content


def test_sizes(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    location = bucket.publish("k", files_of(tmp_path, one="1", deep="22"), ABOUT)["location"]
    assert bucket.sizes(location) == {"one": 1, "sub/deep": 2}
    server.client().put_object(Bucket=name, Key=f"{location.removeprefix(f's3://{name}/')}/", Body=b"")
    assert bucket.sizes(f"{location}/") == {"one": 1, "sub/deep": 2}
    assert bucket.sizes(bucket.location("none")) == {}


# Checks


def test_a_check_leaves_nothing(
    server: S3Server, bucket: S3Bucket, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.check()
    assert server.objects(name) == {}
    assert not caplog.records


class Forgetful(BaseHTTPRequestHandler):
    """Takes every object, and does not know of If-None-Match."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200)

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        deleted = b"".join(b"<Deleted>%s</Deleted>" % key for key in re.findall(rb"<Key>.*?</Key>", asked))
        self._answer(200, b'<?xml version="1.0"?><DeleteResult>%s</DeleteResult>' % deleted)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"e"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def forgetful(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Forgetful) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{other.server_port}")
        yield
        other.shutdown()


def test_a_store_without_conditional_writes(forgetful: None, caplog: pytest.LogCaptureFixture) -> None:
    S3Bucket("s3://old-store").check()
    (said,) = caplog.messages
    assert said.startswith("the bucket s3://old-store does not honour conditional writes (If-None-Match), so two runs")


# Outages


@pytest.fixture
def proxy(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy(server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


def test_what_passes_is_sat_out(server: S3Server, proxy: Proxy, name: str, tmp_path: Path) -> None:
    bucket = S3Bucket(f"s3://{name}/some/prefix")
    proxy.slow_down(3)
    bucket.publish("k", files_of(tmp_path, one="1", two="2"), ABOUT)
    proxy.drop(3)
    bucket = S3Bucket(f"s3://{name}/some/prefix")  # without a connection yet
    bucket.publish("other", files_of(tmp_path, one="1", two="2"), ABOUT)
    assert proxy.pending == 0
    for key in ("k", "other"):
        check_whole(server, name, key)


def test_one_of_ten_answers_refuses(server: S3Server, proxy: Proxy, name: str, tmp_path: Path) -> None:
    bucket = S3Bucket(f"s3://{name}/some/prefix")
    proxy.slow_down_every(10, 429, 503)
    keys = [f"key{number}" for number in range(20)]
    for key in keys:
        bucket.publish(key, files_of(tmp_path / key, one="1", two="2"), ABOUT)
    assert proxy.refused >= 5
    for key in keys:
        check_whole(server, name, key)


def test_no_more_requests_at_a_time_than_may_be(
    proxy: Proxy, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", "3")
    bucket = S3Bucket(f"s3://{name}/some/prefix")
    files = files_of(tmp_path, **{f"file{number}": str(number) for number in range(60)}, large="1" * 30_000_000)
    bucket.publish("k", files, ABOUT)
    assert proxy.most_at_a_time == 3


def test_what_lasts_is_told(proxy: Proxy, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.5")
    bucket = S3Bucket(f"s3://{name}/x")
    proxy.slow_down(1_000)
    with pytest.raises(
        ServiceUnavailable, match=rf"^the bucket s3://{name}/x did not answer for 0.5 s: SlowDown; try again later$"
    ):
        bucket.publish("k", files_of(tmp_path, one="1"), ABOUT)
    proxy.clear()
    proxy.drop(1_000)
    with pytest.raises(ServiceUnavailable, match="no connection"):
        bucket.manifest("k")


def test_a_file_that_is_gone_is_no_outage(bucket: S3Bucket, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bucket.publish("k", [ResultFile("gone", tmp_path / "gone")], ABOUT)


def test_a_bucket_that_is_not_there(server: S3Server) -> None:
    with pytest.raises(
        InvalidInput, match=r"^there is no bucket s3://not-there; create it, or check --bucket and ANALYSIS_BUCKET$"
    ):
        S3Bucket("s3://not-there/x").check()
    for ask in (lambda bucket: bucket.sizes("s3://not-there/x/k"), lambda bucket: list(bucket.folders())):
        with pytest.raises(NoBucket, match="there is no bucket s3://not-there"):
            ask(S3Bucket("s3://not-there/x"))


@pytest.mark.parametrize(
    ("access", "secret", "code"),
    [
        (*READER, "AccessDenied"),
        (WRITER.access_key, "no such secret", "SignatureDoesNotMatch"),
        ("AKIANOBODY", "no such secret", "InvalidAccessKeyId"),
    ],
    ids=["may only read", "wrong secret", "unknown key"],
)
def test_who_may_not_write(name: str, monkeypatch: pytest.MonkeyPatch, access: str, secret: str, code: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    with pytest.raises(InvalidInput) as caught:
        S3Bucket(f"s3://{name}/x").check()
    assert str(caught.value) == (
        f"the bucket s3://{name}/x refuses to be written ({code}); check the AWS credentials (AWS_PROFILE or "
        "--write_profile) and --bucket"
    )


def test_a_manifest_that_is_too_large_is_not_read(bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put(f"{bucket.url}/k", "manifest.json", b" " * 2_000)
    monkeypatch.setattr(manifests, "LARGEST_MANIFEST", 1_999)
    with pytest.raises(Damaged, match=r"the manifest of k in s3://.* is damaged: it is too large \(2(\.0)? kB\)"):
        bucket.manifest("k")


# The code of analyses


def test_code_is_kept_once(server: S3Server, bucket: S3Bucket, name: str) -> None:
    assert bucket.code("00ff") is None
    for archive in (b"first", b"second"):
        bucket.keep_code("00ff", archive)
        assert bucket.code("00ff") == b"first"
    assert list(server.objects(name)) == ["some/prefix/_code/00ff.tar.gz"]
    assert list(bucket.folders()) == []


def test_code_of_another_that_came_first(bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and writing."""

    def nothing_yet(*_: object) -> None:
        monkeypatch.undo()
        bucket.keep_code("00ff", b"theirs")
        raise FileNotFoundError

    monkeypatch.setattr("obstore.head", nothing_yet)
    bucket.keep_code("00ff", b"mine")
    assert bucket.code("00ff") == b"theirs"
