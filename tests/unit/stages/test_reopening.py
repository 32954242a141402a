"""A job that is opened again: what was published of it is kept aside, whole, and what comes is not mixed with it."""

import json
import uuid
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from support.deaths import Deaths
from support.samples import Connect, published, write_files
from support.shelf import Shelf

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.documents import JobState
from analysis_jobs.stages.record import record_group
from analysis_jobs.stages.reopening import end_openings, open_again
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import pending
from analysis_jobs.upkeep.damage import LookedAt
from analysis_jobs.upkeep.fsck import fsck
from analysis_jobs.upkeep.pair import Pair

OWNER = {"session": "this-run", "process": None}
SINCE = "2026-02-03T00:00:00+00:00"


def claim_of(key: str, before: dict[str, JobState], opened: str = SINCE) -> JobState:
    return pending(key, 1, before[key]["parts"], OWNER, 0, opened=opened)  # type: ignore[arg-type]


def opened(key: str, store: Store, bucket: Bucket, since: str = SINCE) -> str:
    """Claim a job that is done and open it, as a launch does; return why it could not be."""
    before = store.job_states([key], whole=True)
    claims = {key: claim_of(key, before, since)}
    assert store.claim(list(claims.values()), before)
    return open_again(claims, before, bucket, store, "alice").get(key, "")


def test_record_state_and_manifest_are_kept_aside(shelf: Shelf, tmp_path: Path) -> None:
    key = shelf.done(["in"], {}, files={"x.txt": "old"})
    record, manifest = shelf.store.records([key])[key], shelf.bucket.manifest(key)
    state = shelf.store.job_states([key], whole=True)[key]
    assert opened(key, shelf.store, shelf.bucket) == ""
    assert not shelf.store.records([key])
    assert shelf.bucket.manifest(key) is None
    (kept,) = tmp_path.rglob(f".set-aside/{key}/*")
    assert json.loads(kept.read_text()) == manifest
    (note,) = shelf.store.history(key, whole=True)
    assert (note["act"], note["by"], json.loads(note["record"])) == ("opened again", "alice", record)
    assert json.loads(note["state"]) == state


def refuse_notes(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    add = type(shelf.store).add_history
    refused = iter([True])  # the first of them
    monkeypatch.setattr(
        type(shelf.store),
        "add_history",
        lambda store, notes: {notes[0]["_id"]: "no rights"} if next(refused, False) else add(store, notes),
    )


def refuse_removal(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    monkeypatch.setattr(type(shelf.store), "remove", lambda _, kind, keys: dict.fromkeys(keys, "no rights"))


def be_writing(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    monkeypatch.setattr(LocalBucket, "remove", lambda *_: False)


def refuse_files(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    def refuse(*_: object) -> bool:
        raise PermissionError("it is read-only")

    monkeypatch.setattr(LocalBucket, "remove", refuse)


@pytest.mark.parametrize(
    ("refuse", "why"),
    [
        (refuse_notes, "its history cannot be written: no rights"),
        (refuse_removal, "the store does not remove the record: no rights"),
        (be_writing, "somebody is writing its results"),
        (refuse_files, "it is read-only"),
    ],
)
def test_a_job_is_opened_wholly_or_not_at_all(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, refuse: Any, why: str
) -> None:
    key = shelf.done(["in"], {})
    record, before = shelf.store.records([key])[key], shelf.store.job_states([key], whole=True)[key]
    with monkeypatch.context() as patch:
        refuse(patch, shelf)
        assert opened(key, shelf.store, shelf.bucket) == why
    assert shelf.store.records([key])[key] == record
    state = shelf.store.job_states([key], whole=True)[key]
    assert {**state, "revision": ""} == {**before, "revision": ""}
    assert shelf.bucket.manifest(key)
    last = list(shelf.store.history(key))[-1]
    assert (last["act"], last["what"]) == ("state given back", f"it could not be opened again: {why}")
    assert opened(key, shelf.store, shelf.bucket) == ""


def test_a_record_that_the_store_does_not_take_back_is_made_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shelf.done(["in"], {})
    with monkeypatch.context() as patch:
        be_writing(patch, shelf)
        patch.setattr(type(shelf.store), "insert", lambda _, records: {record["_id"]: "full" for record in records})
        assert opened(key, shelf.store, shelf.bucket) == (
            "somebody is writing its results; nor did the store take its record back, which the next launch makes "
            "again: full"
        )
    assert shelf.bucket.manifest(key)
    assert "opened" not in shelf.store.job_states([key])[key]  # so that UPLOAD keeps what is published


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    if request.param == "folder":
        return open_bucket(str(tmp_path / "analyses"))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return open_bucket(f"s3://{s3.make_bucket(f'reopened-{uuid.uuid4().hex}')}")


@pytest.mark.parametrize("content", ["new", "old"])
def test_what_is_computed_then_takes_the_place(bucket: Bucket, connect: Connect, tmp_path: Path, content: str) -> None:
    shelf = Shelf(connect(), bucket, tmp_path / "results")
    key = shelf.done(["in"], {}, files={"x.txt": "old"}, outputs={"n": 1})
    assert republish(shelf, key, tmp_path, content)["outputs"] == {"n": 1}  # of what is whole nothing is replaced
    assert opened(key, shelf.store, bucket) == ""
    again = republish(shelf, key, tmp_path, content, opened=SINCE)
    assert again["outputs"] == {"n": 2}
    assert bucket.manifest(key) == again
    bucket.download(again["location"], "x.txt", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_text() == content


def republish(shelf: Shelf, key: str, folder: Path, text: str, outputs: int = 2, **more: Any) -> Any:
    """Publish another attempt at a job, as UPLOAD does, and return the manifest that is there then."""
    write_files(folder / "more", {"x.txt": text, LOG: "log of in\n"})
    files = [ResultFile(name, folder / "more" / name) for name in ("x.txt", LOG)]
    parts = shelf.store.job_states([key], whole=True)[key]["parts"]
    about = {**published(key), "parts": parts, "outputs": {"n": outputs}, **more}
    return shelf.bucket.publish(key, files, about)  # type: ignore[arg-type]


def test_a_death_at_any_step_leaves_the_job_whole_or_to_be_computed(
    bucket: Bucket, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever claims it next goes on, so that UPLOAD keeps nothing of what was read before."""
    shelf, deaths = Shelf(connect(), bucket, tmp_path / "results"), Deaths(monkeypatch)
    key, n = shelf.done(["in"], {}, files={"x.txt": "old"}, outputs={"n": 0}), 0
    for step in count():
        since = f"2026-02-03T00:00:{step:02}+00:00"
        was_killed = deaths.at(step, lambda since=since: opened(key, connect(), bucket, since))  # type: ignore[misc]
        named = {damage.kind for damage in fsck(Pair(bucket, connect()), LookedAt("")) if not damage.harmless}
        manifest = bucket.manifest(key)
        if key in connect().recorded([key]):
            assert was_killed
            assert (named, manifest and manifest["outputs"]) == (set(), {"n": n})
        else:
            assert named == ({"published without record"} if manifest else set())
            before = connect().job_states([key], whole=True)
            assert before[key]["opened"] == since
            assert end_openings({key: claim_of(key, before, since)}, bucket) == {}
            n += 1
            new = republish(shelf, key, tmp_path, f"new {n}", n, opened=since)
            assert new["outputs"] == {"n": n}
            assert end_openings({key: claim_of(key, before, since)}, bucket) == {}
            assert bucket.manifest(key) == new  # as it was published since
            record_group([new], bucket, connect(), OWNER)  # type: ignore[arg-type]
            assert connect().job_states([key])[key]["opened"] == since
        if not was_killed:
            break
    assert step >= 3  # claim, note, record, manifest
    assert n >= 1


def test_an_opening_that_cannot_be_ended_is_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    key = shelf.done(["in"], {})
    claim = claim_of(key, shelf.store.job_states([key], whole=True))
    be_writing(monkeypatch, shelf)
    assert end_openings({key: claim}, shelf.bucket) == {key: "somebody is writing its results"}
    assert end_openings({key: {**claim, "opened": ""}, "other": {**claim}}, shelf.bucket).keys() == {key}
    del claim["opened"]
    assert end_openings({key: claim}, shelf.bucket) == {}


def test_a_damaged_manifest_is_left_to_upload(shelf: Shelf, tmp_path: Path) -> None:
    key = shelf.done(["in"], {})
    (tmp_path / "analyses" / key / "manifest.json").write_text("{")
    assert opened(key, shelf.store, shelf.bucket) == ""
    assert not shelf.store.records([key])
