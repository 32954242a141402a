"""The store in a PostgreSQL database: shared by launches on many machines."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.outputs import LARGEST_OUTPUTS
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.briefs import Brief, briefs_of
from analysis_jobs.store.history import SET_ASIDE_DOCUMENTS
from analysis_jobs.store.postgresql_database import PostgresqlDatabase
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.store.sql import TABLE_OF, TABLES, Dialect, SqlStore, state_row
from analysis_jobs.wording import plural

_PROCESS = "data #> '{processing,data_processes,0}'"
# A document can be read as `json`, which keeps the order of names
_READABLE = r"strpos(document, '\u0000') + strpos(document, '\ud') + strpos(document, '\uD') = 0"
_AS_WRITTEN = "document::json #> '{processing,data_processes,0}'"
_SORTED_OUTPUTS = f"({_PROCESS} -> 'output_parameters')::text"
_OUTPUTS = f"""CASE WHEN {_READABLE} THEN ({_AS_WRITTEN} -> 'output_parameters')::text ELSE {_SORTED_OUTPUTS} END"""
_RAM = f"{_PROCESS} #>> '{{resources,ram}}'"
_LEAN_PROCESS = f"""CASE WHEN {_READABLE} THEN (SELECT json_object_agg(name, value)
        FROM json_each({_AS_WRITTEN}) AS member (name, value) WHERE name NOT IN ('output_parameters', 'resources'))
    ELSE (({_PROCESS}) - 'output_parameters' - 'resources')::json END"""


def _recorded(outputs: str, is_json: str) -> str:
    return f"""SELECT _id, location, {_PROCESS} ->> 'pipeline_name', {_PROCESS} ->> 'start_date_time',
        {_PROCESS} ->> 'end_date_time', CASE WHEN CASE WHEN jsonb_typeof({_PROCESS} #> '{{resources,ram}}') = 'number'
        THEN abs(CAST({_RAM} AS numeric)) < 1e300 END THEN CAST({_RAM} AS double precision) END,
        left({outputs}, {LARGEST_OUTPUTS + 1}), {is_json}
        FROM record_documents WHERE _id = ANY(:keys)"""


_DIALECT = Dialect(
    among="= ANY(:keys)",
    beginning="({0} >= :prefix AND starts_with({0}, :prefix))",
    recorded=_recorded(_OUTPUTS, "true"),
    lean_record=f"""CASE WHEN jsonb_typeof({_PROCESS}) = 'object' THEN json_build_object('_id', data -> '_id',
        'processing', json_build_object('data_processes', json_build_array({_LEAN_PROCESS})))::text
        ELSE document END""",
    brief_state=f"""CASE WHEN jsonb_typeof(data -> 'error') = 'object' AND {_READABLE} THEN (
        SELECT json_object_agg(name, CASE name WHEN 'error'
            THEN ((data -> 'error') - 'traceback' - 'log_tail')::json ELSE value END)
        FROM json_each(document::json) AS member (name, value))::text ELSE document END""",
    brief_note="(data - ARRAY[" + ", ".join(f"'{name}'" for name in SET_ASIDE_DOCUMENTS) + "])::text",
    is_claim="data ->> 'state' = 'pending'",
    adopted="data #>> '{adopted,record}'",
    order=" ORDER BY _id",
)
# A text that is no JSON, or other JSON than `data`, ends a whole query: then this is asked, and Python looks at each
_INSTEAD = {
    _DIALECT.recorded: _recorded(_SORTED_OUTPUTS, "document"),
    **dict.fromkeys([_DIALECT.lean_record, _DIALECT.brief_state, _DIALECT.brief_note], "document"),
}
# What JSON may hold and `jsonb` may not: null characters, and halves of others
_UNTAKEN = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_NEW_STATES = """SELECT * FROM unnest(%(key)s::text[], %(revision)s::text[], %(owner)s::text[], %(document)s::text[],
    %(data)s::jsonb[])"""


class PostgresqlStore(SqlStore):
    """Records, job states, launches and notes as JSON documents, each kind in a table of its own."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Connect, and, to write, make what is not there; see `analysis_jobs.store.opening.open_store`."""
        self.database = PostgresqlDatabase(url, read_only=read_only, instead=_INSTEAD)
        super().__init__(self.database, _DIALECT, self.database.place)

    def check(self, *, write: bool) -> None:
        """See `Store.check`."""
        if not write:
            return
        if self.database.is_empty:
            self._check_may_make()
        else:
            self._check_rights(TABLES)

    def check_history(self) -> None:
        """See `Store.check_history`."""
        self._check_rights(["history_documents"])

    def _check_may_make(self) -> None:
        query = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
        may = self.database.ask(lambda connection: connection.execute(query).fetchone())
        if not may or not may[0]:
            raise InvalidInput(
                f"the store {self.database.place} has no tables, and this user may not make them: let somebody who "
                "may run `analysis-jobs store prepare`, or give --store another database"
            )

    def _check_rights(self, tables: Sequence[str]) -> None:
        query = (
            "SELECT name, pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' "
            "FROM unnest(%s::text[]) AS name WHERE pg_is_in_recovery() "
            "OR current_setting('transaction_read_only') = 'on' OR NOT has_table_privilege(name, 'INSERT, UPDATE')"
        )
        lacking = self.database.ask(lambda connection: connection.execute(query, [list(tables)]).fetchall())
        if lacking and lacking[0][1]:
            raise InvalidInput(
                f"the store {self.database.place} can only be read, by its server or by this user: give the address of "
                "the server that writes, or ask the administrator"
            )
        if lacking:
            raise InvalidInput(
                f"the store {self.database.place} refuses to be written: this user may not INSERT and UPDATE in "
                f"{', '.join(name for name, _ in lacking)}; ask the administrator of the database (docs/postgresql.md)"
            )

    def briefs(self) -> Iterator[Brief]:
        """See `Store.briefs`."""
        return briefs_of(self.states(brief=True), self.search(Wanted()), self.damaged.records)

    def version(self) -> str:
        """See `Store.version`: to look for changes would be to count all rows."""
        return ""

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        if not states:
            return set()
        columns = _columns([_row(state) for state in sorted(states, key=lambda state: state["key"])])
        columns["seen"] = [seen[key]["revision"] if key in seen else "" for key in columns["key"]]
        won = self.database.write(f"claim {plural(len(states), 'job')}", lambda connection: _claim(connection, columns))
        return {key for (key,) in won}

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        rows = [{"_id": record["_id"], "location": record["location"], **_texts(record)} for record in records]
        query = """
            WITH new AS (INSERT INTO record_documents
                SELECT * FROM unnest(%(_id)s::text[], %(location)s::text[], %(document)s::text[], %(data)s::jsonb[])
                ON CONFLICT DO NOTHING RETURNING _id, data)
            INSERT INTO record_inputs SELECT DISTINCT input #>> '{}', _id FROM new, jsonb_path_query(
                data, '$.processing.data_processes[0].code.input_data[*].url ? (@.type() == "string")') AS input"""
        self._write(f"insert {plural(len(rows), 'record')}", query, rows)
        return {}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        rows = [_row(state) for state in sorted(states, key=lambda state: state["key"])]
        query = f"""
            INSERT INTO job_states AS old {_NEW_STATES} ON CONFLICT (key) DO UPDATE SET revision = excluded.revision,
            owner = excluded.owner, document = excluded.document, data = excluded.data
            WHERE old.owner = %(by)s OR excluded.data ->> 'state' = 'done'"""
        self._write(f"settle {plural(len(rows), 'job')}", query, rows, by=owner)
        return {}

    def remove(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, str]:
        """See `Store.remove`."""
        table, name = TABLE_OF[kind]
        query = f"DELETE FROM {table} WHERE {name} = ANY(%(keys)s)"
        self.database.write(
            f"remove {plural(len(keys), kind)}",
            lambda connection: _run(connection, query, {"keys": list(keys)}),
            alone=True,
        )
        return {}

    def put_launch(self, launch: LaunchRecord) -> str:
        """See `Store.put_launch`; who may write job states may not have the right to write launches."""
        query = """
            INSERT INTO launch_documents SELECT * FROM unnest(%(session)s::text[], %(document)s::text[],
            %(data)s::jsonb[]) ON CONFLICT (session) DO UPDATE SET document = excluded.document, data = excluded.data"""
        try:
            self._write(
                f"put the launch {launch['session']}", query, [{"session": launch["session"], **_texts(launch)}]
            )
        except InvalidInput as error:
            return str(error)
        return ""

    def add_history(self, notes: Sequence[HistoryNote]) -> dict[str, str]:
        """See `Store.add_history`; who may write job states may not have the right to write notes."""
        query = """
            INSERT INTO history_documents SELECT * FROM unnest(%(_id)s::text[], %(document)s::text[], %(data)s::jsonb[])
            ON CONFLICT DO NOTHING"""
        try:
            self._write(
                f"write {plural(len(notes), 'note')}", query, [{"_id": note["_id"], **_texts(note)} for note in notes]
            )
        except InvalidInput as error:
            return dict.fromkeys((note["_id"] for note in notes), str(error))
        return {}

    def _write(self, what: str, query: str, rows: Sequence[Mapping[str, Any]], **more: Any) -> None:
        if rows:
            given = {**_columns(rows), **more}
            self.database.write(what, lambda connection: _run(connection, query, given), alone=True)


def _claim(connection: psycopg.Connection, columns: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Write claims where nobody was quicker; what counts is what is there, as the answer before may have been lost."""
    _run(connection, f"INSERT INTO job_states {_NEW_STATES} ON CONFLICT DO NOTHING", columns)
    update = """
        UPDATE job_states AS old
        SET revision = new.revision, owner = new.owner, document = new.document, data = new.data
        FROM unnest(%(key)s::text[], %(revision)s::text[], %(owner)s::text[], %(document)s::text[], %(data)s::jsonb[],
            %(seen)s::text[]) AS new (key, revision, owner, document, data, seen)
        WHERE old.key = new.key AND old.revision = new.seen"""
    _run(connection, update, columns)
    there = """SELECT key FROM job_states
        JOIN unnest(%(key)s::text[], %(revision)s::text[]) AS new (key, revision) USING (key, revision)"""
    won: list[tuple[Any, ...]] = connection.execute(there, columns).fetchall()
    return won


def _run(connection: psycopg.Connection, query: str, given: Mapping[str, Any]) -> None:
    connection.execute(query.encode(), given)


def _row(state: JobState) -> dict[str, Any]:
    texts = _texts(state)
    return state_row(state, texts["document"], data=texts["data"])


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    """Return a document as it is written, and as `jsonb` takes it."""
    text = json.dumps(document)
    return {"document": text, "data": json.dumps(_taken(document)) if _UNTAKEN.search(text) else text}


def _taken(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_taken(name): _taken(item) for name, item in value.items()}
    return [_taken(item) for item in value] if isinstance(value, list | tuple) else value
