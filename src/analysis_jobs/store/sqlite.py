"""The store in a SQLite file: for one machine, with no service."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.outputs import ALL_LEFT_OUT, LARGEST_OUTPUTS, NO_OUTPUTS, ShortOutputs, short_outputs
from analysis_jobs.records.read import (
    Recorded,
    Summary,
    checked_location,
    checked_record,
    recorded_of,
    summary_of,
)
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.shapes import Damaged, json_in
from analysis_jobs.store.briefs import Brief, are_sound, briefs_of
from analysis_jobs.store.damaged import DamagedDocuments
from analysis_jobs.store.history import SET_ASIDE_DOCUMENTS, checked_note
from analysis_jobs.store.launches import checked_launch
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.store.sqlite_briefs import EVERY_JOB, OF_RECORDS_ALONE, joined
from analysis_jobs.store.sqlite_database import SqliteDatabase
from analysis_jobs.store.sqlite_files import version_of
from analysis_jobs.store.sqlite_views import PROCESS
from analysis_jobs.store.states import checked_state, owner_of

# What is no JSON ends a whole query, so nothing is taken from it in SQL.
_IS_JSON = "CASE WHEN typeof(document) = 'text' THEN json_valid(document) END"
# A record with no more of it than its process, without what makes that large
_LEAN = f"""CASE WHEN {_IS_JSON} THEN json_object('_id', document -> '$._id', 'processing',
    CASE json_type(document, '{PROCESS}') WHEN 'object' THEN json_object('data_processes', json_array(
        json_remove(document -> '{PROCESS}', '$.output_parameters', '$.resources')))
    ELSE document -> '$.processing' END) ELSE document END"""
_PLACES: dict[DocumentKind, tuple[str, str]] = {"record": ("record_documents", "_id"), "state": ("job_states", "key")}
_AMONG = "IN (SELECT value FROM json_each(?))"
_BEGINNING = "BETWEEN :prefix AND :prefix || char(0x10FFFF)"


class SqliteStore:
    """Records, job states, launches and notes as JSON documents, each kind in a table of its own."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or, to write, make it; see `analysis_jobs.store.opening.open_store`."""
        self.path = path
        tables = ("record_documents", "job_states", "launch_documents", "history_documents")
        self.damaged = DamagedDocuments(*(f"the table {name} of {path}" for name in tables))
        self.database = SqliteDatabase(path, read_only=read_only)

    def check(self, *, write: bool) -> None:
        """See `Store.check`: that it was opened says it all."""

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        query = (
            "SELECT _id, location, process ->> 'pipeline_name', process ->> 'start_date_time', "
            "process ->> 'end_date_time', process ->> '$.resources.ram', substr(process -> 'output_parameters', 1, "
            f"{LARGEST_OUTPUTS + 1}), {_IS_JSON} FROM (SELECT _id, location, document, "
            f"CASE WHEN {_IS_JSON} THEN document -> '{PROCESS}' END AS process "
            f"FROM record_documents WHERE _id {_AMONG})"
        )
        recorded = {}
        rows = self.database.among(query, keys, "records")
        for key, location, pipeline, started, ended, ram, outputs, is_json in rows:
            with self.damaged.of_record(key):
                if not is_json:
                    raise Damaged("it is not JSON")
                checked_location(location, key, ours=pipeline == PIPELINE_NAME)
                recorded[key] = recorded_of(location, started, ended, ram, _outputs(outputs))
        return recorded

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """See `Store.job_states`."""
        query = f"SELECT key, document FROM job_states WHERE key {_AMONG}"
        return {state["key"]: state for state in self._states(self.database.among(query, keys, "job states"))}

    def records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See `Store.records`."""
        query = f"SELECT _id, document, location FROM record_documents WHERE _id {_AMONG}"
        return {record["_id"]: record for record in self._records(self.database.among(query, keys, "whole records"))}

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """See `Store.keys`."""
        query = (
            f"SELECT _id FROM record_documents WHERE _id {_BEGINNING} UNION "
            f"SELECT key FROM job_states WHERE key {_BEGINNING} ORDER BY 1 LIMIT :limit"
        )
        return [key for (key,) in self.database.select(query, {"prefix": prefix, "limit": limit})]

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """See `Store.states`."""
        lean = "json_remove(document, '$.error.traceback', '$.error.log_tail')"
        document = f"CASE WHEN {_IS_JSON} THEN {lean} ELSE document END" if brief else "document"
        return self._states(self.database.select(f"SELECT key, {document} FROM job_states ORDER BY key"))

    def briefs(self) -> Iterator[Brief]:
        """See `Store.briefs`: by SQL; where a document is damaged, from each document as it is read and checked."""
        try:
            briefs = self._briefs()
        except InvalidInput:  # what is no JSON, or no text, ends a query
            briefs = []
        if briefs and are_sound(briefs):
            return iter(briefs)
        return briefs_of(self.states(brief=True), self.search(Wanted()), self.damaged.records)

    def _briefs(self) -> list[Brief]:
        *halves, records = self.database.select_apart(EVERY_JOB)
        briefs, alone = joined(chain(*halves), records)
        (rows,) = self.database.select_apart([OF_RECORDS_ALONE], [json.dumps(alone)]) if alone else ([],)
        return [*briefs, *map(Brief._make, rows)]

    def version(self) -> str:
        """See `Store.version`."""
        return version_of(self.path)

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        is_claim = f"CASE WHEN {_IS_JSON} THEN document ->> 'state' = 'pending' ELSE 1 END"
        return self._states(self.database.select(f"SELECT key, document FROM job_states WHERE {is_claim}"))

    def adopted(self) -> set[str]:
        """See `Store.adopted`."""
        is_adoption = f"CASE WHEN {_IS_JSON} THEN document ->> '$.adopted.record' IS NOT NULL ELSE 0 END"
        states = self._states(self.database.select(f"SELECT key, document FROM job_states WHERE {is_adoption}"))
        return {state["adopted"]["record"] for state in states}

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        won = set()
        with self.database.transaction(f"claim {len(states)} jobs") as connection:
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
        with self.database.transaction(f"insert {len(rows)} records") as connection:
            connection.executemany("INSERT OR IGNORE INTO record_documents VALUES (?, ?, ?)", rows)
        return {}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        rows = [_row(state, by=owner, done=state["state"] == "done") for state in states]
        with self.database.transaction(f"settle {len(rows)} jobs") as connection:
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
        return "".join(str(text) for (text,) in self.database.select(query, [key]))

    def remove(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, str]:
        """See `Store.remove`."""
        (table, name), given = _PLACES[kind], [json.dumps(list(keys))]
        with self.database.transaction(f"remove {len(keys)} {kind}s") as connection:
            connection.execute(f"DELETE FROM {table} WHERE {name} {_AMONG}", given)
            if kind == "record":
                connection.execute(f"DELETE FROM record_inputs WHERE _id {_AMONG}", given)
        return {}

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        query, given = f"SELECT _id, {_LEAN}, location FROM record_documents", []
        if inputs is not None:
            query += f" WHERE _id IN (SELECT _id FROM record_inputs WHERE url {_AMONG})"
            given = [json.dumps(inputs)]
        return map(summary_of, self._records(self.database.select(query, given)))

    def summaries_of(self, keys: Sequence[str]) -> Iterator[Summary]:
        """See `Store.summaries_of`."""
        query = f"SELECT _id, {_LEAN}, location FROM record_documents WHERE _id {_AMONG}"
        return map(summary_of, self._records(self.database.among(query, keys, "summaries")))

    def search(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """See `Store.search`."""
        return self._records(self.database.select("SELECT _id, document, location FROM record_documents"))

    def _records(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        """Yield what is a record of rows of an `_id`, a document and the location, which counts for all who ask."""
        for key, text, location in rows:
            with self.damaged.of_record(key):
                document = _json(text)
                if isinstance(document, dict):
                    document["location"] = location
                yield checked_record(document, key)

    def put_launch(self, launch: LaunchRecord) -> str:
        """See `Store.put_launch`."""
        with self.database.transaction(f"put the launch {launch['session']}") as connection:
            row = launch["session"], json.dumps(launch)
            connection.execute("INSERT OR REPLACE INTO launch_documents VALUES (?, ?)", row)
        return ""

    def launches(self, sessions: Sequence[str] | None = None) -> Iterator[LaunchRecord]:
        """See `Store.launches`; a file of an older version has none until something is written to it."""
        query, given = "SELECT session, document FROM launch_documents", []
        if sessions is not None:
            query, given = f"{query} WHERE session {_AMONG}", [json.dumps(list(sessions))]
        if self._has("launch_documents"):
            for session, text in self.database.select(query, given):
                with self.damaged.of_launch(session):
                    yield checked_launch(_json(text), session)

    def check_history(self) -> None:
        """See `Store.check_history`: that it was opened to be written says it all."""

    def add_history(self, notes: Sequence[HistoryNote]) -> dict[str, str]:
        """See `Store.add_history`."""
        rows = [(note["_id"], json.dumps(note)) for note in notes]
        with self.database.transaction(f"write {len(rows)} notes") as connection:
            connection.executemany("INSERT OR IGNORE INTO history_documents VALUES (?, ?)", rows)
        return {}

    def history(self, prefix: str = "", *, whole: bool = False) -> Iterator[HistoryNote]:
        """See `Store.history`; as `launches` of an older file."""
        paths = ", ".join(f"'$.{name}'" for name in SET_ASIDE_DOCUMENTS)
        lean = f"CASE WHEN {_IS_JSON} THEN json_remove(document, {paths}) ELSE document END"
        notes = f"SELECT _id, {'document' if whole else lean} FROM history_documents"
        rows = self.database.select(f"{notes} WHERE _id {_BEGINNING} ORDER BY _id", {"prefix": prefix})
        for name, text in rows if self._has("history_documents") else ():
            with self.damaged.of_note(name):
                yield checked_note(_json(text), name)

    def _has(self, table: str) -> bool:
        return bool(list(self.database.select("SELECT 1 FROM sqlite_master WHERE name = ?", [table])))

    def _states(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[JobState]:
        for key, text in rows:
            with self.damaged.of_state(key):
                yield checked_state(_json(text), key)


def _json(text: object) -> Any:
    if not isinstance(text, str):
        raise Damaged("it is no text")
    try:
        return json_in(text)
    except ValueError as error:
        raise Damaged(str(error)) from None


def _outputs(text: str | None) -> ShortOutputs:
    if text is None or len(text) > LARGEST_OUTPUTS:
        return ALL_LEFT_OUT if text else NO_OUTPUTS
    try:
        return short_outputs(json_in(text), len(text))
    except ValueError:
        return ALL_LEFT_OUT


def _row(state: JobState, **more: Any) -> dict[str, Any]:
    return {
        "key": state["key"],
        "revision": state["revision"],
        "owner": owner_of(state)["session"] or None,
        "document": json.dumps(state),
        **more,
    }
