"""The commands for a store as a whole."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.samples import Connect
from support.shelf import Said, Shelf, command

from analysis_jobs.store.sqlite import SqliteStore

Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return partial(command, capsys, "store")


def test_a_store_is_made_ready(run: Run, connect: Connect, place: list[str]) -> None:
    said = run("prepare", place[1])
    assert (said.code, said.out) == (0, f"{place[1]} is ready\n")
    assert list(connect().states()) == []


def test_a_store_is_copied(run: Run, shelf: Shelf, jobs: dict[str, str], place: list[str], tmp_path: Path) -> None:
    said = run("copy", place[1], tmp_path / "other.sqlite")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == f"{tmp_path}/other.sqlite has all of {place[1]}, read again and compared"
    assert set(SqliteStore(tmp_path / "other.sqlite").recorded(list(jobs.values()))) == {
        jobs["old"],
        jobs["new"],
        jobs["nested"],
    }


def test_what_is_not_copied_is_told(
    run: Run, shelf: Shelf, jobs: dict[str, str], place: list[str], tmp_path: Path
) -> None:
    record = shelf.store.records([jobs["old"]])[jobs["old"]]
    SqliteStore(tmp_path / "other.sqlite").insert([{**record, "location": f"/mine/{jobs['old']}"}])
    said = run("copy", place[1], tmp_path / "other.sqlite")
    assert said.code == 1
    assert said.out.splitlines()[-1].endswith(f"other.sqlite, and stay so: {jobs['old']}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("copy", "a.sqlite", "a.sqlite"), "FROM and TO are the same store; give two"),
        (("copy", "absent.sqlite", "a.sqlite"), "there is no store absent.sqlite"),
        (("backup", "file", "--store", "absent.sqlite"), "there is no store absent.sqlite"),
        (("restore", "absent", "--store", "new.sqlite"), "there is no backup absent"),
        (("prepare", "mysql://x/y"), "the store 'mysql://x/y' is of an unknown kind"),
    ],
)
def test_mistakes(run: Run, words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    assert said.code == 2
    assert told in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_backup_and_back(run: Run, shelf: Shelf, jobs: dict[str, str], place: list[str], tmp_path: Path) -> None:
    said = run("backup", tmp_path / "backup.sqlite", *place)
    if not isinstance(shelf.store, SqliteStore):
        assert (said.code, "this command backs up SQLite stores only" in said.err) == (2, True)
        return
    assert said.out.startswith(f"{tmp_path}/backup.sqlite: ")
    said = run("restore", tmp_path / "backup.sqlite", "--outdir", tmp_path / "new")
    assert said.code == 0, said.err
    assert set(SqliteStore(tmp_path / "new/records.sqlite").recorded([jobs["old"]])) == {jobs["old"]}
