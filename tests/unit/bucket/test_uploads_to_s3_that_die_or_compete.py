"""Uploads to S3 that die or compete: nothing is sent twice, nothing is left, and one result is whole."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from fakes.s3 import S3Server
from support.s3_buckets import ABOUT, check_whole, contents, files_of, replace_in_bucket

from analysis_jobs.bucket import s3_sending
from analysis_jobs.bucket.manifests import manifest_line
from analysis_jobs.bucket.protocol import ChangedFile, ResultFile
from analysis_jobs.bucket.s3 import S3Bucket


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


@pytest.mark.parametrize("size", [10, s3_sending.SMALL + 1, 3 * s3_sending.PART])
@pytest.mark.parametrize("change", ["nothing", "content", "age"])
def test_only_what_is_young_and_the_same_is_used_again(
    server: S3Server,
    bucket: S3Bucket,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    change: str,
) -> None:
    """What is older could be taken for a dead attempt's and removed; what has another content is damaged."""
    files = files_of(tmp_path, large="x" * size)
    bucket.publish("k", files, ABOUT)
    server.client().delete_object(Bucket=name, Key="some/prefix/k/manifest.json")
    (there,) = server.objects(name)
    if change == "content":
        server.client().put_object(Bucket=name, Key=there, Body=b"y" * size)
    if change == "age":
        replace_in_bucket(monkeypatch, "now", lambda: datetime.now(UTC) + timedelta(days=2))
    sent = counting(monkeypatch)
    bucket.publish("k", files, ABOUT)
    assert len(sent) == (1 if change == "nothing" else 2)
    check_whole(server, name)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("damage", ["content", "missing", "manifest"])
def test_what_is_published_and_damaged_is_replaced(
    server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path, damage: str, same: bool
) -> None:
    """By a result of the same contents, which goes to the same folder, or of others."""
    bucket.publish("k", files_of(tmp_path / "1", one="1", two="2"), ABOUT)
    (victim,) = (key for key in server.objects(name) if key.endswith("/one"))
    client = server.client()
    if damage == "content":
        client.put_object(Bucket=name, Key=victim, Body=b"x")
    elif damage == "missing":
        client.delete_object(Bucket=name, Key=victim)
    else:
        client.put_object(Bucket=name, Key="some/prefix/k/manifest.json", Body=b"[]")
    files = files_of(tmp_path / "2", one="1" if same else "other", two="2")
    published = bucket.publish("k", files, ABOUT)
    assert published == check_whole(server, name) == bucket.manifest("k")


def test_of_two_that_replace_one_is_first(
    server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition of the write is the damaged manifest that was seen."""
    bucket.publish("k", files_of(tmp_path / "1", one="1"), ABOUT)
    server.client().put_object(Bucket=name, Key="some/prefix/k/manifest.json", Body=b"[]")
    other = S3Bucket(f"s3://{name}/some/prefix")
    first: list[Any] = []

    def put(store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if path.endswith("manifest.json") and not first:
            first.append(None)
            first.append(other.publish("k", files_of(tmp_path / "2", one="of another"), {"by": 2}))
        return obstore.put(store, path, *arguments, **options)

    replace_in_bucket(monkeypatch, "obstore", Obstore(put))
    assert bucket.publish("k", files_of(tmp_path / "3", one="late"), {"by": 3}) == first[1] == check_whole(server, name)


def test_a_file_that_changed_since_the_analysis_is_not_published(
    server: S3Server, bucket: S3Bucket, name: str, tmp_path: Path
) -> None:
    (file,) = files_of(tmp_path, one="1")
    known = ResultFile(file.name, file.path, manifest_line(file))
    file.path.write_text("2")
    with pytest.raises(ChangedFile, match="one has other content than the analysis left"):
        bucket.publish("k", [known], ABOUT)
    assert server.objects(name) == {}


class Died(BaseException):
    """As if the process was killed."""


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []

    def put(store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        sent.append(path)
        return obstore.put(store, path, *arguments, **options)

    replace_in_bucket(monkeypatch, "obstore", Obstore(put))
    return sent


def dying_after(monkeypatch: pytest.MonkeyPatch, number: int, bucket: S3Bucket) -> list[str]:
    sent: list[str] = []

    def put(store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if len(sent) == number:
            raise Died
        sent.append(path)
        return obstore.put(store, path, *arguments, **options)

    replace_in_bucket(monkeypatch, "obstore", Obstore(put))
    monkeypatch.setattr(bucket._sender, "threads", Plainly())
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
        replace_in_bucket(monkeypatch, "obstore", InTurn(turns, numbers))
        said: dict[int, Any] = {}

        def upload(number: int, key: str, turns: Turns = turns, said: dict[int, Any] = said) -> None:
            bucket = both[number]
            bucket._sender.threads = Plainly()  # type: ignore[assignment]
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
