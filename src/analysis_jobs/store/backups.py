"""Copies of the SQLite store, taken while launches write to it, and put back."""

import sqlite3
from contextlib import closing
from pathlib import Path

from analysis_jobs.errors import InvalidInput, no_room
from analysis_jobs.sharing import make_folder
from analysis_jobs.store.sqlite import SqliteStore


def back_up(store: SqliteStore, file: Path) -> int:
    """Copy a store into a file that is not there yet, whole as of one moment, and return its bytes.

    Raises
    ------
    InvalidInput
        If the file is there, cannot be written, or what was copied is damaged.
    """
    if file.exists():
        raise InvalidInput(f"{file} exists already; give another name, such as one with the date")
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as copy:
            store.database.back_up(copy)
            _check(copy, store.path)
        unfinished.rename(file)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise InvalidInput(f"the backup {file} cannot be written: {no_room(error) or error}") from None
    return file.stat().st_size


def restore(file: Path, path: Path) -> int:
    """Make a store of a backup where there is none, and return its bytes.

    Raises
    ------
    InvalidInput
        If the backup is none, or the store is there: nobody's records are written over.
    """
    if not file.is_file():
        raise InvalidInput(f"there is no backup {file}; give the file that `analysis-jobs store backup` wrote")
    if path.exists():
        raise InvalidInput(f"the store {path} exists; move it away first, with {path.name}-wal and {path.name}-shm")
    make_folder(path.parent)
    return back_up(SqliteStore(file, read_only=True), path)


def _check(copy: sqlite3.Connection, path: Path) -> None:
    (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise InvalidInput(f"the store {path} is damaged: {said}; its copy is not kept")
