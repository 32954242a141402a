"""RECORD: records first, then states; one job's trouble is that job's alone."""

import errno
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.samples import RUN, outcome, published

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.stages.record import preview_records, record_group
from analysis_jobs.store.protocol import JobState
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import pending

OWNER: dict[str, Any] = {"session": "this-run", "process": None}


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "records.sqlite")


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "bucket")


def publish(bucket: LocalBucket, key: str, **more: Any) -> dict[str, Any]:
    about = published(key, location=bucket.location(key), **more)
    bucket.publish(key, [], about)
    return about


def test_done(bucket: LocalBucket, store: SqliteStore) -> None:
    job = publish(bucket, "k")
    assert record_group([job], bucket, store, OWNER) == [job]
    assert store.recorded(["k"])["k"].location == bucket.location("k")
    state = store.job_states(["k"])["k"]
    assert (state["state"], state["location"], state["seconds"]) == ("done", bucket.location("k"), 10.0)
    assert (state["owner"], state["parts"], state["attempt"]) == (OWNER, job["parts"], 1)
    record = json.loads((bucket.folder / "k" / "metadata.nd.json").read_text())
    assert record["_id"] == "k"
    assert bucket.manifest("k")


def test_each_state_is_settled(bucket: LocalBucket, store: SqliteStore) -> None:
    given = [outcome("e", "empty"), outcome("f", "failed", attempt=2), publish(bucket, "d")]
    assert record_group(given, bucket, store, OWNER) == given
    states = store.job_states(["d", "e", "f"])
    assert {key: state["state"] for key, state in states.items()} == {"d": "done", "e": "empty", "f": "failed"}
    assert states["e"]["reason"] == "no units"
    assert (states["f"]["error"]["message"], states["f"]["attempt"]) == ("oh", 2)
    assert list(store.recorded(["d", "e", "f"])) == ["d"]


def test_again(bucket: LocalBucket, store: SqliteStore) -> None:
    job = publish(bucket, "k")
    assert record_group([job], bucket, store, OWNER) == record_group([job], bucket, store, OWNER)
    assert list(store.recorded(["k"])) == ["k"]


@pytest.mark.parametrize(
    "trouble",
    [{"outputs": "no dict"}, {"started": "no time"}, {"run": {**RUN, "experimenter": 3}}],
)
def test_a_record_that_cannot_be_built(bucket: LocalBucket, store: SqliteStore, trouble: dict[str, Any]) -> None:
    bad, good = publish(bucket, "bad", **trouble), publish(bucket, "good")
    found = record_group([bad, good], bucket, store, OWNER)
    assert [job["state"] for job in found] == ["failed", "done"]
    error = found[0]["error"]
    assert (error["stage"], error["cause"]) == ("record", "infrastructure")
    assert error["message"].startswith("the record could not be written: ")
    assert list(store.recorded(["bad", "good"])) == ["good"]
    assert store.job_states(["bad"])["bad"]["state"] == "failed"
    assert not (bucket.folder / "bad" / "metadata.nd.json").exists()


def test_a_record_that_cannot_be_put(bucket: LocalBucket, store: SqliteStore) -> None:
    (found,) = record_group([published("never published")], bucket, store, OWNER)
    assert (found["state"], found["error"]["type"]) == ("failed", "FileNotFoundError")
    assert store.recorded(["never published"]) == {}


class Dying(SqliteStore):
    """A store whose process dies between records and states."""

    def settle(self, states: Iterable[JobState], owner: str) -> None:
        raise MemoryError


def test_records_come_before_states(bucket: LocalBucket, store: SqliteStore) -> None:
    with pytest.raises(MemoryError):
        record_group([publish(bucket, "k")], bucket, Dying(store.path), OWNER)
    assert list(store.recorded(["k"])) == ["k"]
    assert store.job_states(["k"]) == {}


def test_a_failure_does_not_settle_what_another_run_has_in_hand(bucket: LocalBucket, store: SqliteStore) -> None:
    store.claim([pending("k", 2, {}, {"session": "another", "process": None}, 1)], {})
    record_group([outcome("k", "failed")], bucket, store, OWNER)
    assert store.job_states(["k"])["k"]["state"] == "pending"


def test_preview_writes_nothing(bucket: LocalBucket) -> None:
    jobs: list[Mapping[str, Any]] = [published("d"), outcome("e", "empty"), outcome("f", "failed")]
    assert [record["_id"] for record in preview_records([dict(job) for job in jobs])] == ["d"]
    assert not bucket.folder.exists()


def test_a_full_disk_of_the_bucket_is_no_jobs_trouble(
    bucket: LocalBucket, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = publish(bucket, "k")

    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalBucket, "put", fill)
    with pytest.raises(ServiceUnavailable, match=r"could not be written, as its disk is full: free some space$"):
        record_group([job], bucket, store, OWNER)
    assert not store.recorded(["k"])


def test_the_state_remembers_what_was_asked_for(bucket: LocalBucket, store: SqliteStore) -> None:
    asked = {"memory_bytes": 2**31, "processors": 1, "seconds": 600.0, "attempt": 2}
    record_group([outcome("f", "failed", asked=asked), outcome("e", "empty")], bucket, store, OWNER)
    states = store.job_states(["f", "e"])
    assert states["f"]["asked"] == asked
    assert "asked" not in states["e"]
