"""The bucket in S3: published whole or not at all, whoever else is at it, dies, or does not answer."""

import hashlib
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import obstore
import pytest
from fakes.keys import READER, WRITER
from fakes.proxy import Proxy
from fakes.s3 import S3Server

from analysis_jobs.bucket import s3 as s3_bucket
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import NoBucket, ResultFile
from analysis_jobs.bucket.s3 import S3Bucket
from analysis_jobs.errors import InvalidInput, ServiceUnavailable

ABOUT = {"key": "k", "by": "a test"}


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name, value in {**s3.environment, "ANALYSIS_RETRY_SECONDS": "20"}.items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.fixture
def name(server: S3Server, request: pytest.FixtureRequest) -> str:
    return server.make_bucket(f"b-{hashlib.sha1(request.node.nodeid.encode()).hexdigest()}")


@pytest.fixture
def bucket(name: str) -> S3Bucket:
    return S3Bucket(f"s3://{name}/some/prefix/")


def files_of(folder: Path, **contents: str) -> list[ResultFile]:
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_text(content)
    return [ResultFile(f"sub/{file}" if file == "deep" else file, folder / file) for file in contents]


def contents(server: S3Server, name: str, prefix: str = "some/prefix/") -> dict[str, bytes]:
    return {key.removeprefix(prefix): server.read(name, key) for key in server.objects(name, prefix)}


def check_whole(server: S3Server, name: str, key: str = "k", prefix: str = "some/prefix/") -> dict[str, Any]:
    """Return a manifest after seeing that what lies under its key is as it says, and no more."""
    found = contents(server, name, f"{prefix}{key}/")
    manifest: dict[str, Any] = json.loads(found.pop(MANIFEST))
    folder = manifest["location"].rpartition("/")[2]
    assert manifest["location"] == f"s3://{name}/{prefix}{key}/{folder}"
    assert found.keys() == {f"{folder}/{line['path']}" for line in manifest["files"]}
    for line in manifest["files"]:
        content = found[f"{folder}/{line['path']}"]
        assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    return manifest


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


@pytest.mark.parametrize("size", [s3_bucket.SMALL, s3_bucket.SMALL + 1, 2 * s3_bucket.PART + 1])
def test_small_and_large_files(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path, size: int) -> None:
    bucket.publish("k", files_of(tmp_path, large="0123456789" * (size // 10) + "x" * (size % 10)), ABOUT)
    check_whole(server, name)


def test_odd_names(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    odd = ["a b", "c+d", "e%20f", "ü ö", "g#h?i", "[j]*", "~", "a&b=c;d", "'quoted\""]
    bucket.publish("k", files_of(tmp_path, **dict.fromkeys(odd, "x")), ABOUT)
    assert {line["path"] for line in check_whole(server, name)["files"]} == set(odd)


def test_what_is_published_stays(server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path) -> None:
    first = bucket.publish("k", files_of(tmp_path / "1", one="1"), ABOUT)
    assert bucket.publish("k", files_of(tmp_path / "2", one="2", two="2"), {"by": "another"}) == first
    assert check_whole(server, name) == first


def test_what_is_there_is_not_sent_again(
    server: S3Server, bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of(tmp_path, one="1", two="2", three="3")
    sent = dying_after(monkeypatch, 2, bucket)
    with pytest.raises(Died):
        bucket.publish("k", files, ABOUT)
    monkeypatch.undo()
    for variable, value in server.environment.items():
        monkeypatch.setenv(variable, value)
    again = counting(monkeypatch)
    bucket.publish("k", files, ABOUT)
    assert len(sent) == 2
    assert sorted([*sent, *again]) == sorted({*sent, *again})
    assert len(again) == 1 + 1  # a file and the manifest


class Died(BaseException):
    """As if the process was killed."""


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []

    def put(store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        sent.append(path)
        return obstore.put(store, path, *arguments, **options)

    monkeypatch.setattr(s3_bucket, "obstore", Obstore(put))
    return sent


def dying_after(monkeypatch: pytest.MonkeyPatch, number: int, bucket: S3Bucket) -> list[str]:
    sent: list[str] = []

    def put(store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if len(sent) == number:
            raise Died
        sent.append(path)
        return obstore.put(store, path, *arguments, **options)

    monkeypatch.setattr(s3_bucket, "obstore", Obstore(put))
    monkeypatch.setattr(bucket, "_threads", Plainly())
    return sent


class Obstore:
    """The library, with another `put`."""

    def __init__(self, put: Callable[..., Any]) -> None:
        self.put = put

    def __getattr__(self, name: str) -> Any:
        return getattr(obstore, name)


class Plainly:
    """One after the other, so that a test knows the order."""

    map = staticmethod(map)


def test_leftovers_of_a_dead_attempt_go(
    server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        dying_after(patched, 2, bucket)
        with pytest.raises(Died):
            bucket.publish("k", files_of(tmp_path / "1", one="1", two="2", three="3"), ABOUT)
    assert len(contents(server, name)) == 2
    assert bucket.manifest("k") is None
    bucket.publish("k", files_of(tmp_path / "2", one="another"), ABOUT)
    check_whole(server, name)


# Two at once


class Turns:
    """Lets two uploaders take turns, request by request, in an order that a seed decides; one may die."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.waiting: dict[int, threading.Event] = {}
        self.live = {1, 2}
        self.lock = threading.Lock()
        self.dies = {self.random.choice((1, 2)): self.random.randrange(12)} if seed % 3 == 0 else {}

    def take(self, number: int) -> None:
        turn = threading.Event()
        with self.lock:
            self.waiting[number] = turn
            self._next()
        assert turn.wait(60)
        left = self.dies.get(number)
        if left == 0:
            raise Died
        if left is not None:
            self.dies[number] = left - 1

    def end(self, number: int) -> None:
        with self.lock:
            self.live.discard(number)
            self._next()

    def _next(self) -> None:
        if self.waiting and self.waiting.keys() == self.live:
            self.waiting.pop(self.random.choice(sorted(self.waiting))).set()


class InTurn:
    """The library, where every request of an uploader waits for its turn."""

    def __init__(self, turns: Turns, numbers: dict[int, int]) -> None:
        self.turns, self.numbers = turns, numbers

    def __getattr__(self, name: str) -> Any:
        def call(store: Any, *arguments: Any, **options: Any) -> Any:
            if number := self.numbers.get(id(store)):
                self.turns.take(number)
            return getattr(obstore, name)(store, *arguments, **options)

        return call


def test_two_uploaders_of_different_content(
    server: S3Server, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {number: S3Bucket(f"s3://{name}") for number in (1, 2)}
    winners, deaths = [], 0
    for seed in range(200):
        turns = Turns(seed)
        numbers = {id(bucket._store): number for number, bucket in both.items()}
        monkeypatch.setattr(s3_bucket, "obstore", InTurn(turns, numbers))
        said: dict[int, Any] = {}

        def upload(number: int, key: str, turns: Turns = turns, said: dict[int, Any] = said) -> None:
            bucket = both[number]
            bucket._threads = Plainly()  # type: ignore[assignment]
            files = files_of(
                tmp_path / str(number), same="same", own=f"of {number} " * number, **{f"only{number}": "x"}
            )
            try:
                said[number] = bucket.publish(key, files, {"by": number})
            except Died:
                said[number] = None
            finally:
                turns.end(number)

        threads = [threading.Thread(target=upload, args=(number, str(seed))) for number in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers.clear()
        deaths += None in said.values()
        results = [manifest for manifest in said.values() if manifest]
        if len(results) == 2:
            assert results[0] == results[1] == check_whole(server, name, str(seed), prefix="")
            winners.append(results[0]["by"])
        # Whoever died, and where: the next attempt ends with something whole, and nothing else
        final = both[1].publish(str(seed), files_of(tmp_path / "3", own="third"), {"by": 3})
        assert final == check_whole(server, name, str(seed), prefix="")
        assert all(manifest == final for manifest in results)
    assert min(winners.count(1), winners.count(2)) > 20  # or the order was not random
    assert deaths > 20


def test_two_uploaders_of_the_same_content(server: S3Server, name: str, tmp_path: Path) -> None:
    files = files_of(tmp_path, one="1", two="2")
    ready = threading.Barrier(2)
    said = []

    def upload() -> None:
        bucket = S3Bucket(f"s3://{name}/some/prefix")
        ready.wait()
        said.append(bucket.publish("k", files, ABOUT))

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said[0] == said[1] == check_whole(server, name)


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


def test_a_bucket_that_is_not_there(server: S3Server) -> None:
    with pytest.raises(
        InvalidInput, match=r"^there is no bucket s3://not-there; create it, or check --bucket and ANALYSIS_BUCKET$"
    ):
        S3Bucket("s3://not-there/x").check()
    for ask in (lambda bucket: bucket.sizes("s3://not-there/x/k"), lambda bucket: list(bucket.folders())):
        with pytest.raises(NoBucket, match="there is no bucket s3://not-there"):
            ask(S3Bucket("s3://not-there/x"))


@pytest.mark.parametrize("url", ["s3://", "s3:///x"])
def test_a_bucket_without_a_name(server: S3Server, url: str) -> None:
    with pytest.raises(InvalidInput, match=r"has no name; give --bucket s3://NAME, or set ANALYSIS_BUCKET$"):
        open_bucket(url)


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


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, server: S3Server) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(
        InvalidInput, match=r"^S3 cannot be reached for s3://b-x \(EndpointConnectionError\); check --bucket"
    ):
        S3Bucket("s3://b-x").check()


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
