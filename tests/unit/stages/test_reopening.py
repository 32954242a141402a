"""A job that is opened again: what was published of it is kept aside, whole, and what comes is not mixed with it."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from support.samples import published, write_files
from support.shelf import Shelf

from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.reopening import open_again
from analysis_jobs.store.sqlite import SqliteStore

KEY = "k" * 64


def test_record_and_manifest_are_kept_aside(shelf: Shelf, tmp_path: Path) -> None:
    key = shelf.done(["in"], {}, files={"x.txt": "old"})
    record, manifest = shelf.store.records([key])[key], shelf.bucket.manifest(key)
    open_again(key, shelf.store, shelf.bucket, "alice")
    assert not shelf.store.records([key])
    assert shelf.bucket.manifest(key) is None
    (kept,) = tmp_path.rglob(f".set-aside/{key}/*")
    assert json.loads(kept.read_text()) == manifest
    (note,) = shelf.store.history(key, whole=True)
    assert (note["act"], note["by"], json.loads(note["record"])) == ("opened again", "alice", record)


def test_a_record_that_the_store_keeps_is_not_opened(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    key = shelf.done(["in"], {})
    monkeypatch.setattr(type(shelf.store), "remove", lambda *_: {key: "no rights"})
    with pytest.raises(
        InvalidInput,
        match=f"the job {key} could not be opened again: the store does not remove the record: no rights; launch",
    ):
        open_again(key, shelf.store, shelf.bucket, "alice")
    assert shelf.bucket.manifest(key)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    if request.param == "folder":
        return open_bucket(str(tmp_path / "analyses"))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return open_bucket(f"s3://{s3.make_bucket(f'reopened-{uuid.uuid4().hex}')}")


@pytest.mark.parametrize("content", ["new", "old"])
def test_what_is_computed_then_takes_the_place(bucket: Bucket, tmp_path: Path, content: str) -> None:
    def publish(text: str, attempt: int) -> Any:
        folder = write_files(tmp_path / "results", {"x.txt": text, LOG: "log"})
        files = [ResultFile(name, folder / name) for name in ("x.txt", LOG)]
        return bucket.publish(key, files, {**published(key), "attempt": attempt})  # type: ignore[typeddict-item]

    key = f"{content}{'k' * 61}"
    store = SqliteStore(tmp_path / "records.sqlite")
    first = publish("old", 1)
    bucket.put(first["location"], "metadata.nd.json", b"{}")
    assert publish(content, 2)["attempt"] == 1  # of a result that is whole nothing is replaced
    open_again(key, store, bucket, "alice")
    again = publish(content, 2)
    assert again["attempt"] == 2
    assert bucket.manifest(key) == again
    bucket.download(again["location"], "x.txt", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_text() == content
