"""The store in a SQLite file: for one machine, with no service."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.outputs import LARGEST_OUTPUTS
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.briefs import Brief, are_sound, briefs_of
from analysis_jobs.store.history import SET_ASIDE_DOCUMENTS
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.store.sql import TABLE_OF, Dialect, SqlStore, state_row
from analysis_jobs.store.sqlite_briefs import EVERY_JOB, OF_RECORDS_ALONE, joined
from analysis_jobs.store.sqlite_database import SqliteDatabase
from analysis_jobs.store.sqlite_files import version_of
from analysis_jobs.store.sqlite_views import PROCESS
from analysis_jobs.wording import plural

# What is no JSON ends a whole query, so nothing is taken from it in SQL.
_IS_JSON = "CASE WHEN typeof(document) = 'text' THEN json_valid(document) END"
_AMONG = "IN (SELECT value FROM json_each(:keys))"
_SET_ASIDE = ", ".join(f"'$.{name}'" for name in SET_ASIDE_DOCUMENTS)
_DIALECT = Dialect(
    among=_AMONG,
    beginning="{} BETWEEN :prefix AND :prefix || char(0x10FFFF)",
    recorded="SELECT _id, location, process ->> 'pipeline_name', process ->> 'start_date_time', "
    "process ->> 'end_date_time', process ->> '$.resources.ram', substr(process -> 'output_parameters', 1, "
    f"{LARGEST_OUTPUTS + 1}), {_IS_JSON} FROM (SELECT _id, location, document, "
    f"CASE WHEN {_IS_JSON} THEN document -> '{PROCESS}' END AS process "
    f"FROM record_documents WHERE _id {_AMONG})",
    lean_record=f"""CASE WHEN {_IS_JSON} THEN json_object('_id', document -> '$._id', 'processing',
    CASE json_type(document, '{PROCESS}') WHEN 'object' THEN json_object('data_processes', json_array(
        json_remove(document -> '{PROCESS}', '$.output_parameters', '$.resources')))
    ELSE document -> '$.processing' END) ELSE document END""",
    brief_state=f"CASE WHEN {_IS_JSON} THEN json_remove(document, '$.error.traceback', '$.error.log_tail') "
    "ELSE document END",
    brief_note=f"CASE WHEN {_IS_JSON} THEN json_remove(document, {_SET_ASIDE}) ELSE document END",
    is_claim=f"CASE WHEN {_IS_JSON} THEN document ->> 'state' = 'pending' ELSE 1 END",
    adopted=f"CASE WHEN {_IS_JSON} THEN document ->> '$.adopted.record' END",
    order="",  # as they were written
)
# A state that is there is written over where the condition holds
_PUT_STATE = (
    "INSERT INTO job_states VALUES (:key, :revision, :owner, :document) ON CONFLICT (key) DO UPDATE "
    "SET revision = excluded.revision, owner = excluded.owner, document = excluded.document WHERE "
)


class SqliteStore(SqlStore):
    """Records, job states, launches and notes as JSON documents, each kind in a table of its own."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or, to write, make it; see `analysis_jobs.store.opening.open_store`."""
        self.path = path
        self.database = SqliteDatabase(path, read_only=read_only)
        super().__init__(self.database, _DIALECT, path)

    def check(self, *, write: bool) -> None:
        """See `Store.check`: that it was opened says it all."""

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
        (rows,) = self.database.select_apart([OF_RECORDS_ALONE], {"keys": json.dumps(alone)}) if alone else ([],)
        return [*briefs, *map(Brief._make, rows)]

    def version(self) -> str:
        """See `Store.version`."""
        return version_of(self.path)

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        won = set()
        with self.database.transaction(f"claim {plural(len(states), 'job')}") as connection:
            for state in states:
                before = seen.get(state["key"])
                row = state_row(state, json.dumps(state), seen=before["revision"] if before else "")
                if connection.execute(f"{_PUT_STATE} revision = :seen", row).rowcount:
                    won.add(state["key"])
        return won

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        rows = [(record["_id"], record["location"], json.dumps(record)) for record in records]
        with self.database.transaction(f"insert {plural(len(rows), 'record')}") as connection:
            connection.executemany("INSERT OR IGNORE INTO record_documents VALUES (?, ?, ?)", rows)
        return {}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        rows = [state_row(state, json.dumps(state), by=owner, done=state["state"] == "done") for state in states]
        with self.database.transaction(f"settle {plural(len(rows), 'job')}") as connection:
            connection.executemany(f"{_PUT_STATE} owner = :by OR :done", rows)
        return {}

    def remove(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, str]:
        """See `Store.remove`."""
        (table, name), given = TABLE_OF[kind], {"keys": json.dumps(list(keys))}
        with self.database.transaction(f"remove {len(keys)} {kind}s") as connection:
            connection.execute(f"DELETE FROM {table} WHERE {name} {_AMONG}", given)
            if kind == "record":
                connection.execute(f"DELETE FROM record_inputs WHERE _id {_AMONG}", given)
        return {}

    def put_launch(self, launch: LaunchRecord) -> str:
        """See `Store.put_launch`."""
        with self.database.transaction(f"put the launch {launch['session']}") as connection:
            row = launch["session"], json.dumps(launch)
            connection.execute("INSERT OR REPLACE INTO launch_documents VALUES (?, ?)", row)
        return ""

    def check_history(self) -> None:
        """See `Store.check_history`: that it was opened to be written says it all."""

    def add_history(self, notes: Sequence[HistoryNote]) -> dict[str, str]:
        """See `Store.add_history`."""
        rows = [(note["_id"], json.dumps(note)) for note in notes]
        with self.database.transaction(f"write {plural(len(rows), 'note')}") as connection:
            connection.executemany("INSERT OR IGNORE INTO history_documents VALUES (?, ?)", rows)
        return {}
