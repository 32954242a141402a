"""The database behind the SQLite store: opened, locked, read only, damaged, full, or no store at all."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.contended import Contended

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.read import Recorded
from analysis_jobs.store import sqlite_database
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import pending


def record(key: str = "k", location: str = "/bucket/k", **more: Any) -> dict[str, Any]:
    return {"_id": key, "location": location, **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sub" / "records.sqlite"


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


def test_queries_that_are_done_at_once_are_the_same_on_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore(path)
    store.insert([record("9"), record("1")])
    queries = [f"SELECT _id FROM record_documents WHERE _id {half} '8'" for half in ("<", ">=")]
    assert store.database.select_apart(queries) == [[("1",)], [("9",)]]
    monkeypatch.setattr(sqlite_database, "is_read_in_place", lambda _path: False)
    assert store.database.select_apart(queries) == [[("1",)], [("9",)]]
    with pytest.raises(InvalidInput, match="cannot be read: no such column"):
        store.database.select_apart(["SELECT absent FROM record_documents"])


def test_to_read_only_makes_nothing(path: Path) -> None:
    store = open_store(str(path), read_only=True)
    assert (store.recorded(["k"]), store.job_states(["k"])) == ({}, {})
    assert not path.parent.exists()


def test_to_read_only_writes_nothing(path: Path) -> None:
    SqliteStore(path).insert([record()])
    store = SqliteStore(path, read_only=True)
    assert store.recorded(["k"]) == {"k": Recorded("/bucket/k")}
    claim = pending("k", 1, {}, {"session": "a", "process": None}, hours=1)
    for write in (lambda: store.insert([record("2")]), lambda: store.claim([claim], {})):
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
    store.database._connection.close()
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
    store.database._connection.close()
    store.database._connection = full  # type: ignore[assignment]
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


def test_a_file_that_is_damaged_is_told_in_a_sentence(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "records.sqlite")
    store.insert([{"_id": str(number), "location": "/x", "more": "x" * 5_000} for number in range(100)])
    store.database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.database._connection.close()
    content = bytearray(store.path.read_bytes())
    content[40_000:200_000] = b"\xff" * 160_000
    store.path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"^the store .* cannot be read: .*; restore it from a copy"):
        list(SqliteStore(store.path, read_only=True).summaries(None))


def test_a_file_that_is_damaged_is_not_to_be_replaced_by_another(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    SqliteStore(path).database._connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    for read_only in (True, False):
        with pytest.raises(InvalidInput, match=r"cannot be read: .*; restore it from a copy, or save what is left"):
            SqliteStore(path, read_only=read_only)
