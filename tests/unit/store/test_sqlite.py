"""The store in a SQLite file: one of many gets a claim, settled states keep to their owners, records stay."""

import multiprocessing
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.contended import Contended

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.read import Recorded
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import JobState
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import new_state, pending

FORK = multiprocessing.get_context("fork")
A, B = {"session": "a", "process": None}, {"session": "b", "process": None}


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


def test_a_writer_that_waits_too_long_may_be_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.05")
    store = SqliteStore(path)
    blocking = sqlite3.connect(path, isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    with pytest.raises(
        ServiceUnavailable, match=r"records.sqlite did not answer for 0.05 s: another program has locked it"
    ):
        store.insert([record()])
    assert SqliteStore(path, read_only=True).recorded(["k"]) == {}  # readers do not wait
    blocking.close()


def test_to_read_only_makes_nothing(path: Path) -> None:
    store = open_store(str(path), read_only=True)
    assert (store.recorded(["k"]), store.job_states(["k"])) == ({}, {})
    assert not path.parent.exists()


def test_to_read_only_writes_nothing(path: Path) -> None:
    SqliteStore(path).insert([record()])
    store = SqliteStore(path, read_only=True)
    assert store.recorded(["k"]) == {"k": Recorded("/bucket/k")}
    for write in (lambda: store.insert([record("2")]), lambda: store.claim([claim_of(A)], {})):
        with pytest.raises(ServiceUnavailable, match="readonly"):
            write()


def text_file(path: Path) -> None:
    path.write_text("these are notes, not a database, and there are more than a hundred bytes of them, so " * 3)


def other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photographs (a)")
    connection.close()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (text_file, "file is not a database"),
        (other_database, "(no such table: record_documents|a database of something else .its tables: photographs.)"),
    ],
)
def test_what_is_no_store(tmp_path: Path, make: Callable[[Path], object], said: str, read_only: bool) -> None:
    path = tmp_path / "x.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(InvalidInput, match=rf"^the store .*x\.sqlite cannot be opened: .*{said}.*; give --store"):
        open_store(str(path), read_only=read_only)
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_a_folder_is_no_store(tmp_path: Path, read_only: bool) -> None:
    said = f"the store {tmp_path} is a folder; give --store a SQLite file, such as {tmp_path}/records.sqlite"
    with pytest.raises(InvalidInput, match=f"^{said}$"):
        open_store(str(tmp_path), read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_store_that_another_program_has_for_itself_may_be_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    store = SqliteStore(path)
    store.insert([record()])
    store._connection.close()
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.05")
    blocking = sqlite3.connect(path, isolation_level=None)
    blocking.execute("PRAGMA journal_mode = DELETE")  # as some programs have it, where readers wait as well
    blocking.execute("BEGIN EXCLUSIVE")
    said = r"records.sqlite did not answer for 0.05 s: another program has locked it: end that \(`fuser FILE` names it"
    with pytest.raises(ServiceUnavailable, match=said):
        open_store(str(path), read_only=read_only)
    blocking.close()
    assert open_store(str(path), read_only=read_only).recorded(["k"])


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE])
def test_a_full_disk_is_told_in_words(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.05")
    store = SqliteStore(path)
    full = Contended(code)
    full.left = 1_000
    store._connection = full  # type: ignore[assignment]
    with pytest.raises(ServiceUnavailable, match="its disk is full: free some space"):
        store.insert([record()])


def test_where_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"cannot be opened: .*; give --store another SQLite file, on a local disk$"):
        open_store(str(tmp_path / "file" / "records.sqlite"))


def test_a_path_with_odd_characters(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20'ü" / "records.sqlite"
    SqliteStore(path).insert([record()])
    assert SqliteStore(path, read_only=True).recorded(["k"])


def test_rows_that_others_wrote_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SqliteStore(tmp_path / "records.sqlite")
    store.insert([{"_id": "k", "location": "/x"}])
    rows = [(None, "{}"), (b"k", "{}"), ("1", b"{}"), ("2", b"\xff\xfe"), ("3", '{"_id": "4"}'), ("5", "9" * 5_000)]
    with sqlite3.connect(store.path) as connection:
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


def test_a_file_that_is_damaged_is_told_in_a_sentence(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "records.sqlite")
    store.insert([{"_id": str(number), "location": "/x", "more": "x" * 5_000} for number in range(100)])
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store._connection.close()
    content = bytearray(store.path.read_bytes())
    content[40_000:200_000] = b"\xff" * 160_000
    store.path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"^the store .* cannot be read: .*; restore it from a copy"):
        list(SqliteStore(store.path, read_only=True).summaries(None))
