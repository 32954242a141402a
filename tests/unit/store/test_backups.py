"""A backup of a SQLite store is whole, whoever writes meanwhile, and becomes a store where there is none."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from support.samples import published

from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.build import build_record
from analysis_jobs.store.backups import back_up, restore
from analysis_jobs.store.sqlite import SqliteStore


def store_of(path: Path, *keys: str) -> SqliteStore:
    store = SqliteStore(path)
    store.insert([build_record(published(key)) for key in keys])
    return store


def test_there_and_back(tmp_path: Path) -> None:
    store = store_of(tmp_path / "records.sqlite", "k", "l")
    assert back_up(store, tmp_path / "backup") == (tmp_path / "backup").stat().st_size
    assert restore(tmp_path / "backup", tmp_path / "new" / "records.sqlite") > 0
    again = SqliteStore(tmp_path / "new" / "records.sqlite")
    assert set(again.recorded(["k", "l"])) == {"k", "l"}
    again.insert([build_record(published("m"))])


def test_while_somebody_writes(tmp_path: Path) -> None:
    store, ending = store_of(tmp_path / "records.sqlite", "k"), Event()
    began = Event()

    def write() -> None:
        writing = SqliteStore(tmp_path / "records.sqlite")
        number = 0
        while not ending.is_set():
            writing.insert([build_record(published(f"{number}a")), build_record(published(f"{number}b"))])
            began.set()
            number += 1

    writer = Thread(target=write)
    writer.start()
    try:
        assert began.wait(60)
        back_up(store, tmp_path / "backup")
    finally:
        ending.set()
        writer.join()
    keys = SqliteStore(tmp_path / "backup", read_only=True).keys("", limit=100_000)
    assert len(keys) % 2 == 1, "of what is written together it has both or none"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    store = store_of(tmp_path / "records.sqlite", "k")
    (tmp_path / "backup").write_text("mine")
    with pytest.raises(InvalidInput, match="backup exists already; give another name"):
        back_up(store, tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "mine"
    with pytest.raises(InvalidInput, match=r"records.sqlite exists; move it away first, with records.sqlite-wal"):
        restore(tmp_path / "backup", tmp_path / "records.sqlite")


def test_what_is_no_backup_makes_no_store(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    with pytest.raises(InvalidInput):
        restore(tmp_path / "text", tmp_path / "records.sqlite")
    with pytest.raises(InvalidInput, match="there is no backup"):
        restore(tmp_path / "absent", tmp_path / "records.sqlite")
    assert not (tmp_path / "records.sqlite").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"the backup .* cannot be written"):
        back_up(store_of(tmp_path / "records.sqlite", "k"), tmp_path / "absent" / "backup")


def test_what_is_damaged_is_not_kept(tmp_path: Path) -> None:
    store_of(tmp_path / "records.sqlite", *map(str, range(200))).database._connection.close()
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((tmp_path / "records.sqlite").read_bytes())
    content[40_960:200_000] = b"\xff" * 159_040
    (tmp_path / "records.sqlite").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"damaged|cannot be written"):
        back_up(SqliteStore(tmp_path / "records.sqlite", read_only=True), tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["records.sqlite"]
