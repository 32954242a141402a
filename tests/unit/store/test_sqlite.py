"""The store in a SQLite file: one of many gets a claim, settled states keep to their owners, records stay."""

import multiprocessing
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.samples import launch_record

from analysis_jobs.store.history import new_note
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import JobState
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import new_state, pending

FORK = multiprocessing.get_context("fork")


def claim_of(owner: dict[str, Any], key: str = "k") -> JobState:
    return pending(key, 1, {}, owner, hours=1)


def record(key: str = "k", location: str = "/bucket/k", **more: Any) -> dict[str, Any]:
    return {"_id": key, "location": location, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sub" / "records.sqlite"


def test_a_new_store_is_empty(path: Path) -> None:
    store = open_store(str(path))
    assert path.is_file()
    assert (store.recorded(["k"]), store.job_states(["k"])) == ({}, {})


def contend(path: Path, keys: list[str], number: int, start: Any, won: Any) -> None:
    random.Random(number).shuffle(keys)
    start.wait()
    store = SqliteStore(path)  # made by all at once, too
    owner = {"session": str(number), "process": None}
    for place in range(0, len(keys), 10):
        won.put(sorted(store.claim([claim_of(owner, key) for key in keys[place : place + 10]], {})))
    won.put(None)


@pytest.mark.parametrize("_round", range(5))
def test_among_many_processes_each_job_is_got_once(path: Path, _round: int) -> None:
    keys = [f"key {number}" for number in range(100)]
    start, won = FORK.Barrier(8), FORK.SimpleQueue()
    processes = [FORK.Process(target=contend, args=(path, keys, number, start, won)) for number in range(8)]
    for process in processes:
        process.start()
    got: Counter[str] = Counter()
    ended = 0
    while ended < len(processes):
        batch = won.get()
        ended += batch is None
        got.update(batch or ())
    for process in processes:
        process.join()
    assert got == Counter(keys)


def test_a_group_is_written_whole_or_not_at_all(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(sqlite3.IntegrityError):
        store.settle([new_state("1", "done", 1, {}), {**new_state("2", "done", 1, {}), "revision": None}], "a")
    assert store.job_states(["1", "2"]) == {}
    store.settle([new_state("1", "done", 1, {})], "a")  # no transaction was left open


def test_many_keys_are_asked_for_at_once(path: Path) -> None:
    store = SqliteStore(path)
    keys = [f"{number:064x}" for number in range(40_000)]
    store.insert([record(key) for key in keys[::100]])
    assert store.recorded(keys).keys() == set(keys[::100])


def test_another_program_can_read_it(path: Path) -> None:
    SqliteStore(path).insert([record(name="ü")])
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT document ->> 'name' FROM record_documents").fetchall() == [("ü",)]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_rows_that_others_wrote_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SqliteStore(tmp_path / "records.sqlite")
    store.insert([{"_id": "k", "location": "/x"}])
    rows = [(None, "{}"), (b"k", "{}"), ("1", b"{}"), ("2", b"\xff\xfe"), ("3", '{"_id": "4"}'), ("5", "9" * 5_000)]
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.executemany("INSERT INTO record_inputs VALUES ('x', ?)", [(key,) for key, _ in rows if key])
        connection.execute("DROP TRIGGER record_inputs_of_new")
        connection.executemany("INSERT INTO record_documents VALUES (?, '/y', ?)", rows)
        connection.execute("INSERT INTO job_states VALUES (x'00', 'r', NULL, '{}')")
    connection.close()
    assert [one.id for one in store.summaries(None)] == ["k"]
    assert list(store.summaries(["x"])) == list(store.states()) == list(store.pending()) == []
    assert store.recorded(["1", "2", "k"]).keys() == {"k"}
    assert store.records(["1", "2", "3", "k"]).keys() == {"k"}
    assert len(store.damaged.records) == len(rows)
    assert len(store.damaged.states) == 1
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_store_of_before_has_no_launches_until_it_is_written(path: Path) -> None:
    open_store(str(path))
    connection = sqlite3.connect(path)
    connection.executescript("DROP VIEW launches; DROP TABLE launch_documents")
    connection.close()
    assert list(open_store(str(path), read_only=True).launches()) == []
    open_store(str(path)).put_launch(launch_record())
    assert list(open_store(str(path), read_only=True).launches()) == [launch_record()]


def test_a_store_of_before_has_no_history_until_it_is_written(path: Path) -> None:
    open_store(str(path))
    connection = sqlite3.connect(path)
    connection.executescript("DROP VIEW history; DROP TABLE history_documents")
    connection.close()
    assert list(open_store(str(path), read_only=True).history()) == []
    note = new_note("k", "recorded", "me", "x")
    open_store(str(path)).add_history([note])
    assert list(open_store(str(path), read_only=True).history()) == [note]


def test_a_store_that_is_not_there_has_no_launches(path: Path) -> None:
    assert list(open_store(str(path), read_only=True).launches()) == []
    assert not path.exists()
