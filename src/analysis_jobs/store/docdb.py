"""The store in AIND's document database (DocDB): records in one collection; job states, launches and notes beside."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from analysis_jobs.aws.credentials import aws_session
from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.read import Recorded, Summary, summary_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.briefs import Brief, briefs_of
from analysis_jobs.store.damaged import DamagedDocuments
from analysis_jobs.store.docdb_abilities import OURS
from analysis_jobs.store.docdb_client import Collection, Document
from analysis_jobs.store.docdb_documents import document_of_record, launch_in, note_in, record_in, recorded_in, state_in
from analysis_jobs.store.docdb_writer import DocdbWriter
from analysis_jobs.store.history import SET_ASIDE_DOCUMENTS
from analysis_jobs.store.launches import LAUNCH_FIELDS
from analysis_jobs.store.protocol import DocumentKind
from analysis_jobs.wording import shown

SCHEME = "docdb://"
REGION = "us-west-2"  # of the Allen Institute's services, to sign for where none is configured
# Of the place in the URL: the variable that gives each part, and what it is if that is not set.
_SETTINGS = {
    "DOCDB_HOST": "api.allenneuraldynamics.org",
    "DOCDB_VERSION": "v1",
    "DOCDB_DATABASE": "analysis",
    "DOCDB_COLLECTION": "",
}
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")
_NAME = re.compile(r"(?!\.+$)[\w.-]+", re.ASCII)
_LONGEST = 120  # bytes of a database and a collection together
_WHOLE_PAGE = 200  # of records, which have some ten kilobytes
# What makes a state large, and what DEDUPE does not need of one
_LOGS = {"error.traceback": 0, "error.log_tail": 0}
_UNNEEDED = {"parts": 0, **_LOGS}
_PROCESSES = "processing.data_processes"
_RECORDED = (
    "location",
    *(
        f"{_PROCESSES}.{name}"
        for name in ("pipeline_name", "start_date_time", "end_date_time", "resources.ram", "output_parameters")
    ),
)
_SUMMARY = (
    "location",
    *(f"{_PROCESSES}.{name}" for name in ("name", "code", "pipeline_name", "start_date_time", "end_date_time")),
)
# Of the states' collection, what is no state but a document of our own
_NOT_OURS: Document = {"$or": [{"_id": {"$lt": OURS}}, {"_id": {"$gte": f"{OURS}\U0010ffff"}}]}


def docdb_url() -> str:
    """Return the URL of the store that the environment names: ``docdb://host/version/database/collection``."""
    parts = (os.environ.get(name) or default for name, default in _SETTINGS.items())
    return SCHEME + "/".join(quote(part, safe=":") for part in parts)


class DocdbStore:
    """Records in a collection of DocDB; states, launches, notes in ``<it>_jobs``, ``_launches``, ``_history``."""

    def __init__(self, url: str, *, read_only: bool = False, profile: str | None = None) -> None:
        """Take ``docdb://host/version/database/collection``; see `analysis_jobs.store.opening.open_store`."""
        parts = [unquote(part).strip() for part in url.removeprefix(SCHEME).split("/")]
        given = dict(zip(_SETTINGS, parts, strict=False))
        host, version, database, name = (given.get(variable) or default for variable, default in _SETTINGS.items())
        if len(parts) > len(_SETTINGS):
            raise InvalidInput(
                f"the store {shown(url)} has too many parts; give docdb://HOST/VERSION/DATABASE/COLLECTION"
            )
        if not name:
            raise InvalidInput(
                "the store docdb needs a collection, and DOCDB_COLLECTION is not set or empty; set it to the name of "
                "your project's collection"
            )
        _check_names(dict(zip(_SETTINGS, (host, version, database, name), strict=True)))
        session = None if read_only else aws_session(profile, REGION)
        self._records = Collection(host, version, database, name, session)
        self._states = Collection(host, version, database, f"{name}_jobs", session)
        self._launches = Collection(host, version, database, f"{name}_launches", session)
        self._history = Collection(host, version, database, f"{name}_history", session)
        places = (each.place for each in (self._records, self._states, self._launches, self._history))
        self.damaged = DamagedDocuments(*places)
        self._writer = DocdbWriter(self._states)

    def check(self, *, write: bool) -> None:
        """See `Store.check`: what the service can do is tried, once for a launch."""
        self._records.check(write=write)
        if write:
            self._writer.look()

    def count(self) -> int:
        """See `Store.count`."""
        return self._records.count()

    def form(self) -> str:
        """See `Store.form`: each document has its own."""
        return ""

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        recorded = {}
        for document in self._records.among("_id", keys, [_only(*_RECORDED)]):
            with self.damaged.of_record(document["_id"]):
                recorded[document["_id"]] = recorded_in(document)
        return recorded

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """See `Store.job_states`."""
        then = [] if whole else [{"$project": _UNNEEDED}]
        documents = self._states.among("_id", keys, then)
        return {state["key"]: state for state in self._checked_states(documents, whole=whole)}

    def records(self, keys: Sequence[str]) -> dict[str, Document]:
        """See `Store.records`."""
        return {record["_id"]: record for record in self._checked_records(self._records.among("_id", keys))}

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """See `Store.keys`."""
        within = {"$match": {"$and": [{"_id": _beginning_with(prefix)}, _NOT_OURS]}}
        stages: list[Document] = [within, {"$sort": {"_id": 1}}, {"$limit": limit}, _only("_id")]
        keys = {
            document["_id"] for collection in (self._records, self._states) for document in collection.aggregate(stages)
        }
        return sorted(keys)[:limit]

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """See `Store.states`."""
        if brief:
            return self._checked_states(self._states.pages(_NOT_OURS, [{"$project": _LOGS}]))
        return self._checked_states(self._states.pages(_NOT_OURS, size=_WHOLE_PAGE))

    def briefs(self) -> Iterator[Brief]:
        """See `Store.briefs`."""
        records = self._records.pages({}, [_only(*_SUMMARY, f"{_PROCESSES}.output_parameters")])
        return briefs_of(self.states(brief=True), self._checked_records(records), self.damaged.records)

    def version(self) -> str:
        """See `Store.version`: to look for changes would be to read all documents."""
        return ""

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        return self._checked_states(self._states.pages({"state": "pending", **_NOT_OURS}))

    def adopted(self) -> set[str]:
        """See `Store.adopted`."""
        states = self._checked_states(self._states.pages({"adopted.record": {"$exists": True}, **_NOT_OURS}))
        return {state["adopted"]["record"] for state in states}

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        return self._writer.claim(states, seen)

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        documents = [document_of_record(record) for record in records]
        reasons = self._writer.insert(self._records, documents)
        # By what is there: a record that is not must not be taken for written.
        there = self._records.field_of([document["_id"] for document in documents], "_id")
        missing = [document["_id"] for document in documents if document["_id"] not in there]
        return {key: reasons.get(key) or "the database accepted it, but does not have it" for key in missing}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        return self._writer.settle(list(states), owner)

    def raw(self, kind: DocumentKind, key: str) -> str:
        """See `Store.raw`."""
        there = self._collection(kind).among("_id", [key])
        return "".join(json.dumps(document, default=str) for document in there)

    def remove(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, str]:
        """See `Store.remove`; by what is there, as some services take it and do nothing."""
        refused = self._collection(kind).delete(keys)
        left = self._collection(kind).field_of(keys, "_id")
        return dict.fromkeys(left, refused or "the database accepted it, but still has it")

    def _collection(self, kind: DocumentKind) -> Collection:
        return self._records if kind == "record" else self._states

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        if inputs is None:
            documents = self._records.pages({}, [_only(*_SUMMARY)])
        else:
            documents = self._records.among(f"{_PROCESSES}.code.input_data.url", inputs, [_only(*_SUMMARY)])
        return map(summary_of, self._checked_records(documents))

    def summaries_of(self, keys: Sequence[str]) -> Iterator[Summary]:
        """See `Store.summaries_of`."""
        return map(summary_of, self._checked_records(self._records.among("_id", keys, [_only(*_SUMMARY)])))

    def _checked_records(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            with self.damaged.of_record(document["_id"]):
                yield record_in(document)

    def _checked_states(self, documents: Iterable[Document], *, whole: bool = True) -> Iterator[JobState]:
        for document in documents:
            with self.damaged.of_state(document["_id"]):
                yield state_in(document, whole=whole)

    def search(self, wanted: Wanted) -> Iterator[Document]:
        """See `Store.search`."""
        code = f"{_PROCESSES}.code"
        exact = {"url": wanted.code_url, "version": wanted.code_version}
        query: Document = {f"{code}.{name}": text for name, text in exact.items() if text}
        if wanted.name is not None:
            query["$or"] = [{f"{code}.parameters.analysis_name": wanted.name}, {f"{_PROCESSES}.name": wanted.name}]
        if wanted.inputs:
            spellings = [
                {"$in": list({location, f"{location.rstrip('/')}/", location.rstrip("/")})}
                for location in wanted.inputs
            ]
            query["$and"] = [{f"{code}.input_data.url": spelling} for spelling in spellings]
        return self._checked_records(self._records.pages(query, size=_WHOLE_PAGE))

    def put_launch(self, launch: LaunchRecord) -> str:
        """See `Store.put_launch`; who may write job states may not have the right to write launches."""
        try:
            return self._writer.put(self._launches, dict(launch), LAUNCH_FIELDS)
        except InvalidInput as error:
            return str(error)

    def launches(self, sessions: Sequence[str] | None = None) -> Iterator[LaunchRecord]:
        """See `Store.launches`."""
        documents = self._launches.pages({}) if sessions is None else self._launches.among("_id", list(sessions))
        for document in documents:
            with self.damaged.of_launch(document["_id"]):
                yield launch_in(document)

    def check_history(self) -> None:
        """See `Store.check_history`."""
        self._history.check(write=True)

    def add_history(self, notes: Sequence[HistoryNote]) -> dict[str, str]:
        """See `Store.add_history`; who may write job states may not have the right to write notes."""
        names = [note["_id"] for note in notes]
        try:
            reasons = self._writer.insert(self._history, [dict(note) for note in notes])
        except InvalidInput as error:
            return dict.fromkeys(names, str(error))
        there = self._history.field_of(names, "_id")
        return {name: reasons.get(name) or "the database does not have it" for name in names if name not in there}

    def history(self, prefix: str = "", *, whole: bool = False) -> Iterator[HistoryNote]:
        """See `Store.history`."""
        then: list[Document] = [] if whole else [{"$project": dict.fromkeys(SET_ASIDE_DOCUMENTS, 0)}]
        for document in self._history.pages({"_id": _beginning_with(prefix)}, then):
            with self.damaged.of_note(document["_id"]):
                yield note_in(document)


def _check_names(settings: Mapping[str, str]) -> None:
    """Refuse names that no database takes, or that would lead to another place, as they are part of an address."""
    for variable, name in settings.items():
        if variable == "DOCDB_HOST":
            if not _HOST.fullmatch(name):
                raise InvalidInput(
                    f"DOCDB_HOST is {shown(name)}; give the name of a host alone, such as {_SETTINGS[variable]}"
                )
        elif not _NAME.fullmatch(name) or name.startswith("system."):
            raise InvalidInput(
                f"{variable} is {shown(name)}, which is not a name that the document database accepts; use letters, "
                "digits, _, - and ."
            )
    if len(f"{settings['DOCDB_DATABASE']}.{settings['DOCDB_COLLECTION']}_jobs") > _LONGEST:
        raise InvalidInput(
            f"DOCDB_COLLECTION is {shown(settings['DOCDB_COLLECTION'])}, which is too long; with DOCDB_DATABASE it may "
            f"have {_LONGEST - len('._jobs')} characters"
        )


def _beginning_with(prefix: str) -> Document:
    return {"$gte": prefix, "$lt": f"{prefix}\U0010ffff"}


def _only(*names: str) -> Document:
    return {"$project": dict.fromkeys(names, 1)}
