"""A SQLite store that several users share: who may write writes, all others read, and nobody is in another's way."""

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.contended import Contended
from support.samples import in_child
from support.users import (  # noqa: F401
    ALICE,
    BOB,
    LAB,
    STRANGER,
    as_user,
    commons,
    folder_of,
    group_name,
    mode_of,
    needs_users,
    user_name,
)

from analysis_jobs.errors import InvalidInput
from analysis_jobs.store import sqlite_files
from analysis_jobs.store.sqlite import SqliteStore

pytestmark = needs_users


def test_a_connection_that_nobody_gets_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def kept(*words: object, **given: object) -> sqlite3.Connection:
        made.append(connect(*words, **given))
        return made[-1]

    monkeypatch.setattr(sqlite_files.sqlite3, "connect", kept)
    monkeypatch.setattr(sqlite_files, "is_read_in_place", lambda path: False)
    (tmp_path / "damaged").write_text("no database" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        sqlite_files.connect_to_read(tmp_path / "damaged")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")


def insert(path: Path, key: str) -> Callable[[], object]:
    def run() -> None:
        store = SqliteStore(path)
        store.insert([{"_id": key, "location": f"/bucket/{key}"}])
        store.database._connection.close()

    return run


def insert_and_die(path: Path, key: str) -> Callable[[], object]:
    def run() -> None:
        store = SqliteStore(path)  # a name, as a store that nobody holds is closed
        store.insert([{"_id": key, "location": f"/bucket/{key}"}])
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def keys(path: Path) -> list[str]:
    store = SqliteStore(path, read_only=True)
    found = store.keys("")
    store.database._connection.close()
    return found


def read(path: Path, said: Path) -> Callable[[], object]:
    return lambda: said.write_text(json.dumps(keys(path)))


@pytest.fixture
def said(commons: Path) -> Path:  # noqa: F811
    """What a user read, or was told."""
    path = commons / "said"
    path.touch()
    path.chmod(0o666)
    return path


def told(path: Path, said: Path, *, read_only: bool = False) -> Callable[[], object]:
    def run() -> None:
        with pytest.raises(InvalidInput) as error:
            SqliteStore(path, read_only=read_only)
        said.write_text(str(error.value))

    return run


@pytest.mark.parametrize("mode", [0o2775, 0o0775, 0o2770], ids=oct)
def test_two_of_a_group_write_in_turn(commons: Path, mode: int) -> None:  # noqa: F811
    path = folder_of(commons / "shared", ALICE, mode) / "OUT" / "records.sqlite"
    for number, (user, do) in enumerate([(ALICE, insert), (BOB, insert), (ALICE, insert_and_die), (BOB, insert)]):
        assert as_user(user, do(path, str(number))) in (0, -signal.SIGKILL)
    assert keys(path) == ["0", "1", "2", "3"]
    assert (mode_of(path), path.stat().st_gid) == (0o664, LAB)


def test_who_may_not_write_is_told_at_once_whose_it_is(commons: Path, said: Path) -> None:  # noqa: F811
    path = folder_of(commons / "shared", ALICE, 0o2775) / "records.sqlite"
    assert as_user(ALICE, insert(path, "a")) == 0
    path.chmod(0o644)  # as older versions left it
    assert as_user(BOB, told(path, said)) == 0
    assert said.read_text() == (
        f"the store {path} cannot be written: {path} belongs to {user_name(ALICE)} (group {group_name(LAB)}, "
        f"mode 0644): ask for `chmod g+w {path}`; or give --store another file"
    )
    path.chmod(0o664)
    path.parent.chmod(0o2755)
    assert as_user(BOB, told(path, said)) == 0
    assert f"{path.parent} belongs to {user_name(ALICE)} (group {group_name(LAB)}, mode 2755)" in said.read_text()
    assert as_user(STRANGER, told(path.parent / "new" / "records.sqlite", said)) == 0
    assert said.read_text().startswith(f"the store {path.parent}/new/records.sqlite cannot be made: {path.parent} ")


@contextmanager
def nobody_writes(path: Path) -> Iterator[None]:
    yield


@contextmanager
def somebody_writes(path: Path) -> Iterator[None]:
    store = SqliteStore(path)
    with closing(store.database._connection) as connection:
        connection.execute("INSERT INTO record_documents VALUES ('alive', '/x', ?)", [json.dumps({"_id": "alive"})])
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO record_documents VALUES ('unfinished', '/x', '{}')")
        yield


@contextmanager
def somebody_died(path: Path) -> Iterator[None]:
    assert in_child(insert_and_die(path, "dead")) == -signal.SIGKILL
    yield


@contextmanager
def a_copy_without_its_index(path: Path) -> Iterator[None]:
    assert in_child(insert_and_die(path, "dead")) == -signal.SIGKILL
    path.with_name(f"{path.name}-shm").unlink()
    yield


@contextmanager
def no_log_is_kept(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    yield


WRITERS = {
    nobody_writes: [], somebody_writes: ["alive"], somebody_died: ["dead"], a_copy_without_its_index: ["dead"],
    no_log_is_kept: [],
}  # fmt: skip


@pytest.mark.parametrize("reader", [BOB, STRANGER], ids=["who may write the folder", "who may not"])
@pytest.mark.parametrize("writers", WRITERS, ids=lambda one: one.__name__)
def test_a_reader_reads_all_and_leaves_nothing(
    commons: Path, said: Path, writers: Callable[[Path], Iterator[None]], reader: int  # noqa: F811
) -> None:  # fmt: skip
    path = folder_of(commons / "shared", 0, 0o2775) / "records.sqlite"
    insert(path, "a")()
    path.chmod(0o644)
    with writers(path):
        before = {entry.name: entry.stat().st_mtime_ns for entry in path.parent.iterdir()}
        assert as_user(reader, read(path, said)) == 0
        assert json.loads(said.read_text()) == ["a", *WRITERS[writers]]
        assert {entry.name: entry.stat().st_mtime_ns for entry in path.parent.iterdir()} == before
    insert(path, "after")()
    assert "after" in keys(path)


def test_who_may_write_leaves_nothing_either(commons: Path) -> None:  # noqa: F811
    path = folder_of(commons / "shared", ALICE, 0o2775) / "records.sqlite"
    assert as_user(ALICE, insert_and_die(path, "a")) == -signal.SIGKILL
    assert [mode_of(part) for part in path.parent.iterdir()] == [0o664] * 3
    assert as_user(BOB, lambda: keys(path)) == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["records.sqlite"]


@pytest.mark.parametrize("writers", [nobody_writes, somebody_died], ids=lambda one: one.__name__)
def test_a_mount_that_is_read_only(commons: Path, writers: Callable[[Path], Iterator[None]]) -> None:  # noqa: F811
    path = commons / "there" / "records.sqlite"
    insert(path, "a")()
    mounted = commons / "mounted"
    mounted.mkdir()
    with writers(path):
        subprocess.run(["mount", "--bind", path.parent, mounted], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", mounted], check=True)
            assert keys(mounted / path.name) == ["a", *WRITERS[writers]]
            with pytest.raises(InvalidInput, match="is on a file system that is mounted read-only"):
                SqliteStore(mounted / path.name)
        finally:
            subprocess.run(["umount", mounted], check=True)


def test_a_copy_that_was_written_meanwhile_is_not_used(
    commons: Path, said: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    path = folder_of(commons / "shared", 0, 0o755) / "records.sqlite"
    insert(path, "0")()
    copied, left = sqlite_files.shutil.copyfile, iter(["1", "2"])

    def copy_and_write(source: Path, target: Path) -> None:
        copied(source, target)
        if source == path and (key := next(left, None)):
            assert in_child(insert(path, key)) == 0

    monkeypatch.setattr(sqlite_files.shutil, "copyfile", copy_and_write)
    monkeypatch.setattr(sqlite_files, "may_write", lambda part: os.getpid() != reader)
    reader = os.getpid()
    assert keys(path) == ["0", "1", "2"]
    monkeypatch.setattr(sqlite_files, "_copied", lambda *_: False)
    monkeypatch.setattr(sqlite_files, "COPY_TIMEOUT", 0.05)
    with pytest.raises(InvalidInput, match="is being written all the time, so it cannot be copied: run this again"):
        keys(path)


def test_the_copy_of_a_reader_is_gone_at_once(commons: Path, said: Path) -> None:  # noqa: F811
    path = folder_of(commons / "shared", 0, 0o755) / "records.sqlite"
    insert(path, "a")()
    here = folder_of(commons / "tmp", STRANGER, 0o755)

    def look() -> None:
        sqlite_files.tempfile.tempdir = str(here)
        store = SqliteStore(path, read_only=True)
        assert list(here.iterdir()) == []
        assert store.recorded(["a"]).keys() == {"a"}

    assert as_user(STRANGER, look) == 0


def test_who_makes_the_file_at_the_same_time_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_files.use_wal(Contended(sqlite3.SQLITE_BUSY))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.OperationalError):
        sqlite_files.use_wal(Contended(sqlite3.SQLITE_FULL))  # type: ignore[arg-type]
    monkeypatch.setattr(sqlite_files, "LOCK_TIMEOUT", -1)
    with pytest.raises(sqlite3.OperationalError):
        sqlite_files.use_wal(Contended(sqlite3.SQLITE_BUSY))  # type: ignore[arg-type]


def test_a_log_that_is_gone_by_now_is_in_nobody_s_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.sqlite"
    insert(path, "a")()
    monkeypatch.setattr(sqlite_files, "_beside", lambda path: [path.with_name("records.sqlite-wal is gone")])
    insert(path, "b")()
    assert keys(path) == ["a", "b"]
