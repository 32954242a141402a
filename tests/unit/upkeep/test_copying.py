"""One store into another: all of it, between any two kinds, again where it ended early, and nothing written over."""

from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect, launch_record, published
from support.shelf import Shelf

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.records.build import build_record
from analysis_jobs.store.history import new_note
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.upkeep import copying
from analysis_jobs.upkeep.copying import Copied, copy_store


@pytest.fixture
def filled(shelf: Shelf, jobs: dict[str, str]) -> Shelf:
    """Either store, with jobs in every state, a launch and a note."""
    shelf.store.put_launch(launch_record("this-run"))
    shelf.store.add_history([new_note(jobs["old"], "released", "me", "it was stopped")])
    return shelf


@pytest.fixture
def other(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "other.sqlite")


def copied(source: Any, target: Any) -> tuple[Copied, list[str]]:
    said: list[str] = []
    return copy_store(source, target, said.append), said


def contents(store: Any) -> list[Any]:
    records = sorted(store.search(copying.Wanted()), key=lambda record: record["_id"])
    states = sorted(store.states(), key=lambda state: state["key"])
    return [records, states, list(store.launches()), list(store.history(whole=True))]


def test_all_of_it_there_and_back(filled: Shelf, other: SqliteStore, connect: Connect, tmp_path: Path) -> None:
    done, said = copied(filled.store, other)
    assert done.is_whole
    assert said == ["3 records: 3 copied", "8 states: 8 copied", "1 launch: 1 copied", "1 note: 1 copied"]
    assert contents(other) == contents(connect())
    back, _ = copied(other, SqliteStore(tmp_path / "back.sqlite"))
    assert back.is_whole


def test_into_each_kind(connect: Connect, tmp_path: Path) -> None:
    source = SqliteStore(tmp_path / "source.sqlite")
    source.insert([build_record(published(key)) for key in ("k" * 64, "l" * 64)])
    done, _ = copied(source, connect())
    assert done.is_whole
    assert contents(connect()) == contents(source)


def test_once_more_it_writes_nothing(filled: Shelf, other: SqliteStore) -> None:
    copied(filled.store, other)
    before = contents(other)
    done, said = copied(filled.store, other)
    assert (done.is_whole, sum(done.written.values())) == (True, 0)
    assert said[0] == "3 records: 0 copied, 3 there before"
    assert contents(other) == before


def test_what_ended_early_is_taken_up_again(
    filled: Shelf, other: SqliteStore, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "COPIED_TOGETHER", 2)
    with monkeypatch.context() as patch:
        calls = iter([None, ServiceUnavailable("it is down")])
        insert = SqliteStore.insert

        def dies(store: SqliteStore, records: Any) -> dict[str, str]:
            if error := next(calls):
                raise error
            return insert(store, records)

        patch.setattr(SqliteStore, "insert", dies)
        with pytest.raises(ServiceUnavailable):
            copied(filled.store, other)
    done, said = copied(filled.store, other)
    assert said[0] == "3 records: 1 copied, 2 there before"
    assert done.is_whole
    assert contents(other) == contents(connect())


def test_what_is_there_as_something_else_stays_and_is_told(filled: Shelf, jobs: dict[str, str], other: Any) -> None:
    mine = {**next(iter(filled.store.records([jobs["old"]]).values())), "location": f"/mine/{jobs['old']}"}
    other.insert([mine])
    done, said = copied(filled.store, other)
    assert not done.is_whole
    assert done.different == {"records": [jobs["old"]]}
    assert said[0] == "3 records: 2 copied, 1 there as something else, which stay as they are"
    assert other.recorded([jobs["old"]])[jobs["old"]].location == f"/mine/{jobs['old']}"


def test_a_state_that_is_newer_there_stays(filled: Shelf, jobs: dict[str, str], other: SqliteStore) -> None:
    copied(filled.store, other)
    state = other.job_states([jobs["failed"]], whole=True)[jobs["failed"]]
    newer = {**state, "revision": "new", "changed": "2126-01-01T00:00:00+00:00"}
    other.claim([newer], {jobs["failed"]: state})  # type: ignore[list-item]
    done, _ = copied(filled.store, other)
    assert done.different == {"states": [jobs["failed"]]}
    assert other.job_states([jobs["failed"]])[jobs["failed"]]["revision"] == "new"
