"""The files of a SQLite store: made so that a group can share them, and read without leaving anything behind."""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis_jobs.errors import InvalidInput
from analysis_jobs.retries import patience
from analysis_jobs.sharing import make_folder, may_write, share, why_not_writable

# Seconds that SQLite itself waits for another process' transaction, each of which takes milliseconds; after them it is
# asked again, for `analysis_jobs.retries.patience`.
LOCK_TIMEOUT = 3.0
# Seconds for a copy that nobody writes into meanwhile
COPY_TIMEOUT = 60.0
# The logs that SQLite keeps beside a file while it is written and after a crash, and an index of the first
_LOGS, _INDEX = ("-wal", "-journal"), "-shm"
_LOG_HEADER = 32  # bytes; others whenever a log begins anew


def connect_to_write(path: Path) -> sqlite3.Connection:
    """Open a file to write, and make it if it is not there.

    Raises
    ------
    InvalidInput
        If this user may not write it, or what SQLite keeps beside it: says whose that is.
    """
    _make(path)
    for part in (path, path.parent, *_beside(path)):
        if not may_write(part):
            with suppress(FileNotFoundError):  # whoever had it open closes it just now
                why = why_not_writable(part)
                raise InvalidInput(f"the store {path} cannot be written: {why}; or give --store another file")
    # Whichever thread collects what nobody uses any more is to close it
    return sqlite3.connect(path, timeout=_lock_timeout(), isolation_level=None, check_same_thread=False)


@contextmanager
def closed_if_useless(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Close a connection that something fails on, before it is handed to who closes it."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def use_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once."""
    # Of two processes that make the same file, one fails here at once; every other statement waits.
    deadline = time.monotonic() + _lock_timeout()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def share_what_is_beside(path: Path) -> None:
    """Let those write what SQLite keeps beside the file, once it is in use, who may write the folder."""
    for part in _beside(path):
        share(part)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there, to read only, and leave nothing behind.

    Whoever may write it reads it as a writer does, who also tidies up when it is closed. All others read a copy: to
    read the file itself, SQLite would make files beside it that are then in the way of its writers, or refuse.
    """
    if is_read_in_place(path):
        connection = sqlite3.connect(
            _uri(path),
            uri=True,
            timeout=_lock_timeout(),
            isolation_level=None,
            check_same_thread=False,
        )
    else:
        connection = _connect_to_copy(path)
    with closed_if_useless(connection):
        connection.execute("PRAGMA query_only = ON")
        return connection


def is_read_in_place(path: Path) -> bool:
    """Return whether `connect_to_read` opens a file itself, and no copy."""
    return path.exists() and all(map(may_write, (path, path.parent, *_beside(path))))


def version_of(path: Path) -> str:
    """Return a text that is another one once somebody wrote to a file; of one that is not there, an empty one."""
    parts = [part.stat() for part in (path, _log(path, "-wal")) if part.exists()]
    return " ".join(f"{part.st_size}/{part.st_mtime_ns}" for part in parts if part.st_size)  # readers make empty logs


def _lock_timeout() -> float:
    return min(LOCK_TIMEOUT, patience())


def check_makeable(path: Path) -> None:
    """See that this user may make a file.

    Raises
    ------
    InvalidInput
        If not: says whose the folder is.
    """
    around = path.absolute().parent
    while not around.exists():
        around = around.parent
    if around.is_dir() and not may_write(around):
        raise InvalidInput(f"the store {path} cannot be made: {why_not_writable(around)}; or give --store another file")


def _make(path: Path) -> None:
    if path.exists():
        return
    check_makeable(path)
    make_folder(path.parent)
    path.touch()
    share(path)


def _beside(path: Path) -> list[Path]:
    return [log for suffix in (*_LOGS, _INDEX) if (log := _log(path, suffix)).exists()]


def _log(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _uri(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=rw"


def _connect_to_copy(path: Path) -> sqlite3.Connection:
    end = time.monotonic() + COPY_TIMEOUT
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "records.sqlite")
            if _copied(path, copy):
                opened = sqlite3.connect(_uri(copy), uri=True, isolation_level=None, check_same_thread=False)
                with closed_if_useless(opened) as connection:
                    connection.execute("PRAGMA journal_mode = DELETE")  # what the log has goes into the copy
                    return connection  # its file stays open when the folder is gone
    raise InvalidInput(f"the store {path} is being written all the time, so it cannot be copied: run this again later")


def _copied(path: Path, copy: Path) -> bool:
    """Copy a file and what its logs have; return whether nobody wrote into the file itself meanwhile.

    What is only added to a log does not matter: SQLite leaves out what is not complete.
    """
    before = _version(path)
    shutil.copyfile(path, copy)
    for suffix in _LOGS:
        with suppress(FileNotFoundError):
            shutil.copyfile(_log(path, suffix), _log(copy, suffix))
    return _version(path) == before


def _version(path: Path) -> tuple[object, ...]:
    about = path.stat()
    return about.st_ino, about.st_size, about.st_mtime_ns, *(_head(_log(path, suffix)) for suffix in _LOGS)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LOG_HEADER)
    except FileNotFoundError:
        return b""
