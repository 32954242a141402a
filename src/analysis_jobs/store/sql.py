"""What the stores in SQL databases have in common: SQLite and PostgreSQL keep the same documents in the same tables.

Not by a library for both, as they have little of SQL in common where JSON is asked: this and `Dialect` is all of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.outputs import ALL_LEFT_OUT, LARGEST_OUTPUTS, NO_OUTPUTS, ShortOutputs, short_outputs
from analysis_jobs.records.read import Recorded, Summary, checked_location, checked_record, recorded_of, summary_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.shapes import Damaged, json_in
from analysis_jobs.store.damaged import DamagedDocuments
from analysis_jobs.store.history import checked_note
from analysis_jobs.store.launches import checked_launch
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.store.states import checked_state, owner_of

TABLE_OF: dict[DocumentKind, tuple[str, str]] = {"record": ("record_documents", "_id"), "state": ("job_states", "key")}
TABLES = ("record_documents", "job_states", "launch_documents", "history_documents")
NOTHING_GIVEN: Mapping[str, Any] = {}


class Dialect(NamedTuple):
    """What a database is asked in its own SQL. Parameters of queries are written ``:name``.

    Attributes
    ----------
    among
        What follows a column that is to be one of the parameter `keys`.
    beginning
        A condition on a column, ``{}``, that is to begin with the parameter `prefix`.
    recorded
        ``_id``, location, pipeline, times, memory, outputs as text unless they are long, and whether the document is
        JSON, or its text where the database does not know, of the records of `keys`.
    lean_record
        A record as text, with no more of it than its process, without what makes that large.
    brief_state, brief_note
        A state as text without traceback and log; a note without what was set aside.
    is_claim
        Whether a state is one; of what is no JSON it may be, as what is wrong is to be said.
    adopted
        The adopted record that a state names, or NULL.
    order
        What puts all records into an order that is the same each time.
    """

    among: str
    beginning: str
    recorded: str
    lean_record: str
    brief_state: str
    brief_note: str
    is_claim: str
    adopted: str
    order: str


class Database(Protocol):
    """A database that can be asked."""

    def select(self, query: str, given: Mapping[str, Any] = NOTHING_GIVEN) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, which may be many."""

    def among(self, query: str, keys: Sequence[str], what: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query with the parameter `keys`; `what` says in the log what is asked."""

    def has(self, table: str) -> bool:
        """Return whether there is a table, which older versions did not have."""

    def form(self) -> str:
        """Return of which version the tables are, in words."""


class SqlStore:
    """All that a store does and that changes nothing: documents in tables, read and checked."""

    def __init__(self, database: Database, dialect: Dialect, place: object) -> None:
        """Take the database, its SQL, and what messages call it."""
        self._asked, self._sql = database, dialect
        self.damaged = DamagedDocuments(*(f"the table {name} of {place}" for name in TABLES))

    def count(self) -> int:
        """See `Store.count`."""
        return int(next(self._asked.select("SELECT count(*) FROM record_documents"), (0,))[0])

    def form(self) -> str:
        """See `Store.form`."""
        return self._asked.form()

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        recorded = {}
        for key, location, pipeline, started, ended, ram, outputs, is_json in self._asked.among(
            self._sql.recorded, keys, "records"
        ):
            with self.damaged.of_record(key):
                if isinstance(is_json, str):
                    _json(is_json)
                elif not is_json:
                    raise Damaged("it is not JSON")
                checked_location(location, key, ours=pipeline == PIPELINE_NAME)
                recorded[key] = recorded_of(location, started, ended, ram, _outputs(outputs))
        return recorded

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """See `Store.job_states`."""
        query = f"SELECT key, document FROM job_states WHERE key {self._sql.among}"
        rows = self._asked.among(query, keys, "job states")
        return {state["key"]: state for state in self._states(rows)}

    def records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See `Store.records`."""
        query = f"SELECT _id, document, location FROM record_documents WHERE _id {self._sql.among}"
        rows = self._asked.among(query, keys, "whole records")
        return {record["_id"]: record for record in self._records(rows)}

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """See `Store.keys`."""
        found = (
            f"SELECT {name} FROM {table} WHERE {self._sql.beginning.format(name)}" for table, name in TABLE_OF.values()
        )
        query = f"{' UNION '.join(found)} ORDER BY 1 LIMIT :limit"
        return [key for (key,) in self._asked.select(query, {"prefix": prefix, "limit": limit})]

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """See `Store.states`."""
        document = self._sql.brief_state if brief else "document"
        return self._states(self._asked.select(f"SELECT key, {document} FROM job_states ORDER BY key"))

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        return self._states(self._asked.select(f"SELECT key, document FROM job_states WHERE {self._sql.is_claim}"))

    def adopted(self) -> set[str]:
        """See `Store.adopted`."""
        query = f"SELECT key, document FROM job_states WHERE {self._sql.adopted} IS NOT NULL"
        adopted = (state.get("adopted") for state in self._states(self._asked.select(query)))
        return {found["record"] for found in adopted if found}

    def raw(self, kind: DocumentKind, key: str) -> str:
        """See `Store.raw`."""
        table, name = TABLE_OF[kind]
        query = f"SELECT CAST(document AS TEXT) FROM {table} WHERE {name} = :key"
        return "".join(str(text) for (text,) in self._asked.select(query, {"key": key}))

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        query = f"SELECT _id, {self._sql.lean_record}, location FROM record_documents"
        if inputs is None:
            return map(summary_of, self._records(self._asked.select(query)))
        query += f" WHERE _id IN (SELECT _id FROM record_inputs WHERE url {self._sql.among})"
        return map(summary_of, self._records(self._asked.among(query, inputs, "summaries of inputs")))

    def summaries_of(self, keys: Sequence[str]) -> Iterator[Summary]:
        """See `Store.summaries_of`."""
        query = f"SELECT _id, {self._sql.lean_record}, location FROM record_documents WHERE _id {self._sql.among}"
        return map(summary_of, self._records(self._asked.among(query, keys, "summaries")))

    def search(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """See `Store.search`."""
        return self._records(
            self._asked.select(f"SELECT _id, document, location FROM record_documents{self._sql.order}")
        )

    def launches(self, sessions: Sequence[str] | None = None) -> Iterator[LaunchRecord]:
        """See `Store.launches`; a store of an older version has none until something is written to it."""
        query = "SELECT session, document FROM launch_documents"
        if not self._asked.has("launch_documents"):
            return
        if sessions is None:
            rows = self._asked.select(query)
        else:
            rows = self._asked.among(f"{query} WHERE session {self._sql.among}", sessions, "launches")
        for session, text in rows:
            with self.damaged.of_launch(session):
                yield checked_launch(_json(text), session)

    def history(self, prefix: str = "", *, whole: bool = False) -> Iterator[HistoryNote]:
        """See `Store.history`; as `launches` of an older store."""
        notes = f"SELECT _id, {'document' if whole else self._sql.brief_note} FROM history_documents"
        if not self._asked.has("history_documents"):
            return
        query = f"{notes} WHERE {self._sql.beginning.format('_id')} ORDER BY _id"
        for name, text in self._asked.select(query, {"prefix": prefix}):
            with self.damaged.of_note(name):
                yield checked_note(_json(text), name)

    def _records(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        """Yield what is a record of rows of an `_id`, a document and the location, which counts for all who ask."""
        for key, text, location in rows:
            with self.damaged.of_record(key):
                document = _json(text)
                if isinstance(document, dict):
                    document["location"] = location
                yield checked_record(document, key)

    def _states(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[JobState]:
        for key, text in rows:
            with self.damaged.of_state(key):
                yield checked_state(_json(text), key)


def state_row(state: JobState, document: str, **more: Any) -> dict[str, Any]:
    """Return the values of a state's row."""
    owner = owner_of(state)["session"] or None
    return {"key": state["key"], "revision": state["revision"], "owner": owner, "document": document, **more}


def _json(text: object) -> Any:
    if not isinstance(text, str):
        raise Damaged("it is not a text")
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
