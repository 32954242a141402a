"""The database behind the SQLite store: opened, asked and written patiently, with the errors that users can end."""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from weakref import finalize

from analysis_jobs.errors import InvalidInput, ServiceUnavailable, no_room
from analysis_jobs.retries import patiently, timed
from analysis_jobs.sharing import closed_folder, why_not_writable
from analysis_jobs.store.sql import NOTHING_GIVEN, TABLES
from analysis_jobs.store.sqlite_files import (
    check_makeable,
    closed_if_useless,
    connect_to_read,
    connect_to_write,
    is_read_in_place,
    share_what_is_beside,
    use_wal,
)
from analysis_jobs.store.sqlite_inputs import INPUTS, list_inputs, stand_in_for_inputs
from analysis_jobs.store.sqlite_views import VIEWS
from analysis_jobs.wording import plural

_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)

# What passes, or a user can end, by SQLite's code
_PASSING = {
    sqlite3.SQLITE_BUSY: "another program has locked it: end that (`fuser FILE` names it)",
    sqlite3.SQLITE_LOCKED: "another program has locked it: end that (`fuser FILE` names it)",
    sqlite3.SQLITE_FULL: "its disk is full: free some space",
    sqlite3.SQLITE_IOERR_SHMSIZE: "its disk is full: free some space",
}
_TABLES = f"""
CREATE TABLE IF NOT EXISTS record_documents (
    _id TEXT PRIMARY KEY, location TEXT NOT NULL, document TEXT NOT NULL);
-- What fsck asks for, so that it reads none of the documents.
CREATE INDEX IF NOT EXISTS record_locations ON record_documents (_id, location);
CREATE TABLE IF NOT EXISTS job_states (
    key TEXT PRIMARY KEY, revision TEXT NOT NULL, owner TEXT, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS launch_documents (session TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history_documents (_id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
{INPUTS}"""


class SqliteDatabase:
    """A SQLite file with the tables and views of a store."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or, to write, make it; see `analysis_jobs.store.opening.open_store`."""
        self.path = path
        if closed := closed_folder(path.parent):
            why = why_not_writable(closed)
            raise InvalidInput(f"the store {path} cannot be opened: {why}; or give --store another file")
        if path.is_dir():
            raise InvalidInput(
                f"the store {path} is a folder; give --store a SQLite file, such as {path}/records.sqlite"
            )
        try:
            self._connection = self._patiently(lambda: _connect_read_only(path) if read_only else _connect(path))
        except UnicodeDecodeError:  # of what SQLite quotes
            self._refuse(sqlite3.DatabaseError("what it says of its tables is damaged"))
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
                self._refuse(error)
            raise InvalidInput(
                f"the store {path} cannot be opened: {error}; give --store another SQLite file, on a local disk"
            ) from None
        # Before anything else of it goes, or Python 3.13 warns of an open file
        finalize(self, _close, self._connection)

    def select(self, query: str, given: Mapping[str, Any] = NOTHING_GIVEN) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query; texts that are no UTF-8 come with half characters.

        Raises
        ------
        InvalidInput
            If the file is damaged, or the query cannot be done on it.
        """
        try:
            yield from self._patiently(lambda: self._connection.execute(query, given))
        except sqlite3.DatabaseError as error:
            self._refuse(error)

    def among(self, query: str, keys: Sequence[str], what: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query about keys, which has them as the JSON list `:keys`; `what` says so in the log."""
        found = 0
        with timed(log.debug, f"the store {self.path}: {what} of {plural(len(keys), 'key')}") as came:
            for row in self.select(query, {"keys": json.dumps(list(keys))}):  # not all at once: some may be large
                found += 1
                yield row
            came.append(f"{found} found")

    def has(self, table: str) -> bool:
        """Return whether there is a table, which older files do not have."""
        return bool(list(self.select("SELECT 1 FROM sqlite_master WHERE name = :table", {"table": table})))

    def form(self) -> str:
        """Return of which version the tables are, in words."""
        whole = all(map(self.has, TABLES)) and not self._patiently(lambda: _unlike(self._connection))
        return (
            "tables of this version" if whole else "tables of an older version, which the next launch brings up to this"
        )

    def select_apart(
        self, queries: Sequence[str], given: Mapping[str, Any] = NOTHING_GIVEN
    ) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each of several queries, which are done at the same time where that can be.

        SQLite takes JSON apart without Python's lock, so each has a thread, with its own connection. A query sees all
        that those before it see. Texts are read as Python reads them, which is quicker.

        Raises
        ------
        InvalidInput
            If the file is damaged, or a text is no UTF-8.
        """
        if not is_read_in_place(self.path):
            return self._select_plainly(queries, given)
        try:
            with ExitStack() as opened, ThreadPoolExecutor(len(queries)) as threads:
                begun = [opened.enter_context(self._begun(query, given)) for query in queries]
                return list(threads.map(sqlite3.Cursor.fetchall, begun))
        except sqlite3.DatabaseError as error:
            self._refuse(error)

    @contextmanager
    def _begun(self, query: str, given: Mapping[str, Any]) -> Iterator[sqlite3.Cursor]:
        """Yield a query of a connection of its own, whose first row is found: from then on nothing changes for it."""
        with closing(connect_to_read(self.path)) as connection:
            yield self._patiently(lambda: connection.execute(query, given))

    def _select_plainly(self, queries: Sequence[str], given: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
        try:
            self._connection.text_factory = str
            return [list(self.select(query, given)) for query in queries]
        finally:
            self._connection.text_factory = _text

    def back_up(self, copy: sqlite3.Connection) -> None:
        """Copy all of it, as of one moment, into another database; with a write-ahead log others write meanwhile."""
        self._connection.backup(copy)

    @contextmanager
    def transaction(self, what: str) -> Iterator[sqlite3.Connection]:
        """Write all that is within, or nothing.

        Raises
        ------
        ServiceUnavailable
            If it cannot be written now.
        """
        # IMMEDIATE takes the write lock at once: a later upgrade could fail without waiting for the timeout.
        try:
            with timed(log.debug, f"the store {self.path}: {what}"):
                self._patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"))
                with self._connection:
                    yield self._connection
        except sqlite3.OperationalError as error:
            why = _why_not_now(error) or error
            raise ServiceUnavailable(f"the store {self.path} could not be written: {why}") from error

    def _refuse(self, error: Exception) -> NoReturn:
        raise InvalidInput(
            f"the store {self.path} cannot be read: {error}; restore it from a copy, or save what is left with "
            "`sqlite3 FILE .recover`"
        ) from None

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer:
        return patiently(call, _why_not_now, f"the store {self.path}")


def check_sqlite_writable(path: Path) -> None:
    """See that a store in a file can be written now, or made where it is not there, without changing anything.

    Raises
    ------
    InvalidInput
        If this user may not, or it is no database.
    ServiceUnavailable
        If somebody else has locked it.
    """
    if not path.exists():
        check_makeable(path)
        return

    def lock() -> None:
        with closing(connect_to_write(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")

    try:
        patiently(lock, _why_not_now, f"the store {path}")
    except sqlite3.Error as error:
        raise InvalidInput(
            f"the store {path} cannot be opened: {error}; give --store another SQLite file, on a local disk"
        ) from None


def _why_not_now(error: Exception) -> str:
    """Return in words why the store cannot be used now; an empty text for an error that stays."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return _PASSING.get(code) or _PASSING.get(code & 0xFF) or no_room(error)


def _text(content: bytes) -> str:
    return content.decode(errors="surrogateescape")  # what is no UTF-8 is one document's trouble


def _connect(path: Path) -> sqlite3.Connection:
    with closed_if_useless(connect_to_write(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        if tables and "record_documents" not in tables:
            raise sqlite3.DatabaseError(f"it is a database of something else (its tables: {', '.join(tables[:5])})")
        use_wal(connection)
        if tables and "record_inputs" not in tables:
            list_inputs(connection)
        connection.executescript(_TABLES)
        _renew_views(connection)
        share_what_is_beside(path)
        return _tried(connection)


def _renew_views(connection: sqlite3.Connection) -> None:
    """Make the views that a file does not have, or has as an older version made them."""
    if not _unlike(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for name in _unlike(connection):  # again, as another process may have made them meanwhile
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.execute(_statement(name))


def _unlike(connection: sqlite3.Connection) -> list[str]:
    there = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    return [name for name in VIEWS if there.get(name) != _statement(name)]


def _statement(name: str) -> str:
    return f"CREATE VIEW {name} AS{VIEWS[name].rstrip()}"


def _connect_read_only(path: Path) -> sqlite3.Connection:
    if path.exists():
        with closed_if_useless(connect_to_read(path)) as connection:
            stand_in_for_inputs(connection)
            return _tried(connection)
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(_TABLES)
    return _tried(connection)


def _tried(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = _text
    connection.execute("SELECT 1 FROM record_documents, job_states LIMIT 1")
    return connection


def _close(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.close()
