"""The store in a SQLite file: for one machine, with no service."""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput, ServiceUnavailable, no_room
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.read import (
    Recorded,
    Summary,
    checked_location,
    checked_record,
    recorded_of,
    summary_of,
)
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.retries import patiently, timed
from analysis_jobs.shapes import Damaged, json_in
from analysis_jobs.store.damaged import DamagedDocuments
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.store.sqlite_files import connect_to_read, connect_to_write, share_what_is_beside, use_wal
from analysis_jobs.store.sqlite_views import PROCESS, VIEWS
from analysis_jobs.store.states import checked_state, owner_of

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
-- Which records are of a recording, to find results of other code without reading every document.
CREATE TABLE IF NOT EXISTS record_inputs (url TEXT, _id TEXT, PRIMARY KEY (url, _id)) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS record_inputs_of_new AFTER INSERT ON record_documents BEGIN
    INSERT OR IGNORE INTO record_inputs SELECT input.value ->> 'url', NEW._id
    FROM json_each(NEW.document, '{PROCESS}.code.input_data') AS input
    WHERE input.value ->> 'url' IS NOT NULL;
END;
"""
# What is no JSON ends a whole query, so nothing is taken from it in SQL.
_IS_JSON = "CASE WHEN typeof(document) = 'text' THEN json_valid(document) END"
# A record with no more of it than its process, without what makes that large
_LEAN = f"""CASE WHEN {_IS_JSON} THEN json_object('_id', document -> '$._id', 'processing',
    CASE json_type(document, '{PROCESS}') WHEN 'object' THEN json_object('data_processes', json_array(
        json_remove(document -> '{PROCESS}', '$.output_parameters', '$.resources')))
    ELSE document -> '$.processing' END) ELSE document END"""
_PLACES: dict[DocumentKind, tuple[str, str]] = {"record": ("record_documents", "_id"), "state": ("job_states", "key")}
_AMONG = "IN (SELECT value FROM json_each(?))"


class SqliteStore:
    """Records and job states as JSON documents in two tables, `record_documents` and `job_states`."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or, to write, make it; see `analysis_jobs.store.opening.open_store`."""
        self.path = path
        self.damaged = DamagedDocuments(f"the table record_documents of {path}", f"the table job_states of {path}")
        if path.is_dir():
            raise InvalidInput(
                f"the store {path} is a folder; give --store a SQLite file, such as {path}/records.sqlite"
            )
        try:
            self._connection = self._patiently(lambda: _connect_read_only(path) if read_only else _connect(path))
        except (sqlite3.Error, OSError) as error:
            raise InvalidInput(
                f"the store {path} cannot be opened: {error}; give --store another SQLite file, on a local disk"
            ) from None

    def check(self, *, write: bool) -> None:
        """See `Store.check`: that it was opened says it all."""

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        query = (
            "SELECT _id, location, process ->> 'pipeline_name', process ->> 'start_date_time', "
            f"process ->> 'end_date_time', process ->> '$.resources.ram', {_IS_JSON} FROM (SELECT _id, location, "
            f"document, CASE WHEN {_IS_JSON} THEN document -> '{PROCESS}' END AS process "
            f"FROM record_documents WHERE _id {_AMONG})"
        )
        recorded = {}
        for key, location, pipeline, started, ended, ram, is_json in self._among(query, keys, "records"):
            with self.damaged.of_record(key):
                if not is_json:
                    raise Damaged("it is not JSON")
                checked_location(location, key, ours=pipeline == PIPELINE_NAME)
                recorded[key] = recorded_of(location, started, ended, ram)
        return recorded

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """See `Store.job_states`."""
        query = f"SELECT key, document FROM job_states WHERE key {_AMONG}"
        return {state["key"]: state for state in self._states(self._among(query, keys, "job states"))}

    def records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See `Store.records`."""
        query = f"SELECT _id, document FROM record_documents WHERE _id {_AMONG}"
        return {record["_id"]: record for record in self._records(self._among(query, keys, "whole records"))}

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """See `Store.keys`."""
        between = "BETWEEN :prefix AND :prefix || char(0x10FFFF)"
        query = (
            f"SELECT _id FROM record_documents WHERE _id {between} UNION "
            f"SELECT key FROM job_states WHERE key {between} ORDER BY 1 LIMIT :limit"
        )
        return [key for (key,) in self._select(query, {"prefix": prefix, "limit": limit})]

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """See `Store.states`."""
        lean = "json_remove(document, '$.error.traceback', '$.error.log_tail')"
        document = f"CASE WHEN {_IS_JSON} THEN {lean} ELSE document END" if brief else "document"
        return self._states(self._select(f"SELECT key, {document} FROM job_states ORDER BY key"))

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        is_claim = f"CASE WHEN {_IS_JSON} THEN document ->> 'state' = 'pending' ELSE 1 END"
        return self._states(self._select(f"SELECT key, document FROM job_states WHERE {is_claim}"))

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        won = set()
        with self._transaction(f"claim {len(states)} jobs") as connection:
            for state in states:
                before = seen.get(state["key"])
                written = connection.execute(
                    "INSERT INTO job_states VALUES (:key, :revision, :owner, :document) ON CONFLICT (key) "
                    "DO UPDATE SET revision = excluded.revision, owner = excluded.owner, "
                    "document = excluded.document WHERE revision = :seen",
                    _row(state, seen=before["revision"] if before else ""),
                )
                if written.rowcount:
                    won.add(state["key"])
        return won

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        rows = [(record["_id"], record["location"], json.dumps(record)) for record in records]
        with self._transaction(f"insert {len(rows)} records") as connection:
            connection.executemany("INSERT OR IGNORE INTO record_documents VALUES (?, ?, ?)", rows)
        return {}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        rows = [_row(state, by=owner, done=state["state"] == "done") for state in states]
        with self._transaction(f"settle {len(rows)} jobs") as connection:
            connection.executemany(
                "INSERT INTO job_states VALUES (:key, :revision, :owner, :document) ON CONFLICT (key) "
                "DO UPDATE SET revision = excluded.revision, owner = excluded.owner, "
                "document = excluded.document WHERE owner = :by OR :done",
                rows,
            )
        return {}

    def raw(self, kind: DocumentKind, key: str) -> str:
        """See `Store.raw`."""
        table, name = _PLACES[kind]
        query = f"SELECT CAST(document AS TEXT) FROM {table} WHERE {name} = ?"
        return "".join(str(text) for (text,) in self._select(query, [key]))

    def remove(self, kind: DocumentKind, key: str) -> str:
        """See `Store.remove`."""
        table, name = _PLACES[kind]
        with self._transaction(f"remove the {kind} of {key}") as connection:
            connection.execute(f"DELETE FROM {table} WHERE {name} = ?", [key])
            if kind == "record":
                connection.execute("DELETE FROM record_inputs WHERE _id = ?", [key])
        return ""

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        query, given = f"SELECT _id, {_LEAN}, location FROM record_documents", []
        if inputs is not None:
            query += f" WHERE _id IN (SELECT _id FROM record_inputs WHERE url {_AMONG})"
            given = [json.dumps(inputs)]
        return map(summary_of, self._records(self._select(query, given)))

    def search(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """See `Store.search`."""
        return self._records(self._select("SELECT _id, document FROM record_documents"))

    def _records(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        """Yield what is a record of rows of an `_id`, a document and, if that does not say it, the location."""
        for key, text, *location in rows:
            with self.damaged.of_record(key):
                document = _json(text)
                if location and isinstance(document, dict):
                    document["location"] = location[0]
                yield checked_record(document, key)

    def _states(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[JobState]:
        for key, text in rows:
            with self.damaged.of_state(key):
                yield checked_state(_json(text), key)

    def _select(self, query: str, given: Any = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._patiently(lambda: self._connection.execute(query, given))
        except sqlite3.DatabaseError as error:
            raise InvalidInput(
                f"the store {self.path} cannot be read: {error}; restore it from a copy, or save what is left with "
                "`sqlite3 FILE .recover`"
            ) from None

    def _among(self, query: str, keys: Sequence[str], what: str) -> list[tuple[Any, ...]]:
        with timed(log.debug, f"the store {self.path}: {what} of {len(keys)} keys") as came:
            rows = list(self._select(query, [json.dumps(keys)]))
            came.append(f"{len(rows)} found")
        return rows

    @contextmanager
    def _transaction(self, what: str) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE takes the write lock at once: a later upgrade could fail without waiting for the timeout.
        try:
            with timed(log.debug, f"the store {self.path}: {what}"):
                self._patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"))
                with self._connection:
                    yield self._connection
        except sqlite3.OperationalError as error:
            why = _why_not_now(error) or error
            raise ServiceUnavailable(f"the store {self.path} could not be written: {why}") from error

    def _patiently(self, call: Callable[[], _Answer]) -> _Answer:
        return patiently(call, _why_not_now, f"the store {self.path}")


def _why_not_now(error: Exception) -> str:
    """Return in words why the store cannot be used now; an empty text for an error that stays."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return _PASSING.get(code) or _PASSING.get(code & 0xFF) or no_room(error)


def _text(content: bytes) -> str:
    return content.decode(errors="surrogateescape")  # what is no UTF-8 is one document's trouble


def _json(text: object) -> Any:
    if not isinstance(text, str):
        raise Damaged("it is no text")
    try:
        return json_in(text)
    except ValueError as error:
        raise Damaged(str(error)) from None


def _connect(path: Path) -> sqlite3.Connection:
    connection = connect_to_write(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if tables and "record_documents" not in tables:
        raise sqlite3.DatabaseError(f"it is a database of something else (its tables: {', '.join(tables[:5])})")
    use_wal(connection)
    connection.executescript(_TABLES + VIEWS)
    share_what_is_beside(path)
    return _tried(connection)


def _connect_read_only(path: Path) -> sqlite3.Connection:
    if path.exists():
        return _tried(connect_to_read(path))
    connection = sqlite3.connect(":memory:")
    connection.executescript(_TABLES)
    return _tried(connection)


def _tried(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = _text
    connection.execute("SELECT 1 FROM record_documents, job_states LIMIT 1")
    return connection


def _row(state: JobState, **more: Any) -> dict[str, Any]:
    return {
        "key": state["key"],
        "revision": state["revision"],
        "owner": owner_of(state)["session"] or None,
        "document": json.dumps(state),
        **more,
    }
