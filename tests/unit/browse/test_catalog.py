"""The jobs in memory, and that they are read again."""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from support.browsing import SWEEP
from support.samples import Connect
from support.shelf import Shelf

from analysis_jobs.browse import catalog as module
from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.store.opening import open_store


def soon(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_documents(shelf: Shelf, connect: Connect, jobs: dict[str, str]) -> None:
    catalog = Catalog(connect)
    assert set(catalog.index.rows) == set(jobs.values())
    states = {name: catalog.index.column("state")[catalog.index.rows[key]] for name, key in jobs.items()}
    assert states == {
        "old": "done", "new": "done", "nested": "done", "failed": "failed", "empty": "empty", "removed": "removed",
        "pending": "pending", "expired": "expired",
    }  # fmt: skip
    record, state = catalog.documents(jobs["nested"])
    assert record is not None
    assert state is not None
    assert catalog.documents("0" * 64) == (None, None)
    assert catalog.state(jobs["failed"])["error"]["type"] == "ValueError"
    assert catalog.state("0" * 64) == {}
    assert catalog.records([jobs["old"], jobs["failed"]]).keys() == {jobs["old"]}
    row = catalog.index.rows[jobs["nested"]]
    assert catalog.index.column("parameters.filter.order")[row] == 3
    assert catalog.index.column("parameters.a.b.$c")[row] == "true"


def test_what_was_written_since_is_read(shelf: Shelf, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_UNSEEN", 1.0)
    monkeypatch.setattr(module, "PAUSE", 0.0)
    catalog = Catalog(connect)
    assert len(catalog.index) == 0
    key = shelf.done(["s3://in/a"], SWEEP)
    soon(lambda: key in catalog.index.rows)


def test_a_store_that_fails_later_leaves_what_is_known(
    shelf: Shelf, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.done(["s3://in/a"], SWEEP)
    catalog = Catalog(connect)
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(module, "LONGEST_UNSEEN", 0.5)

    def fail() -> None:
        raise InvalidInput("the store is gone")

    another = Future[module.Reading]()
    another.set_result(replace(catalog.reading.result(), version="another"))
    catalog.reading = another
    monkeypatch.setattr(catalog, "_open", fail)
    time.sleep(1.1)
    assert len(catalog.index) == 1
    soon(lambda: "the jobs could not be read again: the store is gone" in caplog.text)
    assert len(catalog.index) == 1


def test_a_store_that_cannot_be_opened() -> None:
    def fail() -> None:
        raise InvalidInput("there is none")

    with pytest.raises(InvalidInput, match="there is none"):
        Catalog(fail)  # type: ignore[arg-type]


def test_pages_wait_for_the_jobs(shelf: Shelf, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    key = shelf.done(["s3://in/a"], SWEEP)
    goes_on = Event()
    read = Catalog._read

    def wait(catalog: Catalog) -> module.Reading:
        assert goes_on.wait(30)
        return read(catalog)

    monkeypatch.setattr(Catalog, "_read", wait)
    catalog = Catalog(connect)
    assert not catalog.reading.done()
    goes_on.set()
    assert set(catalog.index.rows) == {key}


def test_jobs_that_cannot_be_read(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(catalog: Catalog) -> module.Reading:
        raise ServiceUnavailable("the store does not answer")

    monkeypatch.setattr(Catalog, "_read", fail)
    catalog = Catalog(connect)
    for _ in range(2):
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            _ = catalog.index


def test_documents_that_are_damaged_are_told(tmp_path: Path) -> None:
    store = str(tmp_path / "records.sqlite")
    shelf = Shelf(open_store(store), open_bucket(str(tmp_path / "analyses")), tmp_path / "jobs")
    good, bad = shelf.done(["s3://in/a"], SWEEP), shelf.done(["s3://in/b"], SWEEP)
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE record_documents SET document = '{' WHERE _id = ?", [bad])
    connection.close()
    index = Catalog(lambda: open_store(store, read_only=True)).index
    assert set(index.rows) == {good}
    assert len(index.damaged) == 1
    assert bad in index.damaged[0]
