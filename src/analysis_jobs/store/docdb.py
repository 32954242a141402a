"""The store in AIND's document database (DocDB): records in one collection, job states in another beside it."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from analysis_jobs.aws.credentials import aws_session
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import canonical_json
from analysis_jobs.records.read import (
    Recorded,
    Summary,
    checked_location,
    checked_record,
    process_of,
    recorded_of,
    summary_of,
)
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.shapes import Damaged, is_too_deep, json_in
from analysis_jobs.store.damaged import DamagedDocuments
from analysis_jobs.store.docdb_abilities import OURS, Abilities, look, recall, update
from analysis_jobs.store.docdb_client import TOO_LARGE, Change, Collection, Document
from analysis_jobs.store.states import STATE_FIELDS, checked_state

log = logging.getLogger(__name__)

SCHEME = "docdb://"
REGION = "us-west-2"  # of the Allen Institute's services, to sign for where none is configured
# Of the place in the URL: the variable that gives each part, and what it is if that is not set.
_SETTINGS = {
    "DOCDB_HOST": "api.allenneuraldynamics.org",
    "DOCDB_VERSION": "v1",
    "DOCDB_DATABASE": "analysis",
    "DOCDB_COLLECTION": "",
}
_WHOLE_PAGE = 200  # of records, which have some ten kilobytes
# What makes a state large, and what DEDUPE does not need of one
_LOGS = {"error.traceback": 0, "error.log_tail": 0}
_UNNEEDED = {"parts": 0, **_LOGS}
# DocumentDB refuses these in names of fields, which outputs and parameters may have; MongoDB's advice is their twins.
# The parts of a key, which must come back as they were, are kept as a text.
_ESCAPES = str.maketrans({".": "\uff0e", "$": "\uff04"})
_UNESCAPES = str.maketrans({"\uff0e": ".", "\uff04": "$"})
_PROCESSES = "processing.data_processes"
_RECORDED = (
    "location",
    *(f"{_PROCESSES}.{name}" for name in ("pipeline_name", "start_date_time", "end_date_time", "resources.ram")),
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
    """Records in a collection of DocDB, and job states in ``<collection>_jobs``; see `Store`."""

    def __init__(self, url: str, *, read_only: bool = False, profile: str | None = None) -> None:
        """Take ``docdb://host/version/database/collection``; see `analysis_jobs.store.opening.open_store`."""
        parts = [unquote(part).strip() for part in url.removeprefix(SCHEME).split("/")]
        given = dict(zip(_SETTINGS, parts, strict=False))
        host, version, database, name = (given.get(variable) or default for variable, default in _SETTINGS.items())
        if not name:
            raise InvalidInput(
                "the store docdb needs a collection, and DOCDB_COLLECTION is not set or empty; set it to the name of "
                "your project's collection"
            )
        session = None if read_only else aws_session(profile, REGION)
        self._records = Collection(host, version, database, name, session)
        self._states = Collection(host, version, database, f"{name}_jobs", session)
        self.damaged = DamagedDocuments(self._records.place, self._states.place)
        self._known_abilities: Abilities | None = None

    @property
    def _abilities(self) -> Abilities:
        if self._known_abilities is None:
            self._known_abilities = recall(self._states)
        return self._known_abilities

    def check(self, *, write: bool) -> None:
        """See `Store.check`: what the service can do is tried, once for a launch."""
        self._records.check(write=write)
        if write:
            self._known_abilities = look(self._states)

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        recorded = {}
        for document in self._records.among("_id", keys, [_only(*_RECORDED)]):
            with self.damaged.of_record(document["_id"]):
                recorded[document["_id"]] = _recorded(document)
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
        within = {"$match": {"$and": [{"_id": {"$gte": prefix, "$lt": f"{prefix}\U0010ffff"}}, _NOT_OURS]}}
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

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        return self._checked_states(self._states.pages({"state": "pending", **_NOT_OURS}))

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        refused = self._insert(self._states, [_encoded(state) for state in states if state["key"] not in seen])
        refused |= self._take_over([state for state in states if state["key"] in seen], seen)
        for key, reason in refused.items():
            log.warning("job %s could not be claimed: %s", key, reason)
        # Which of them took effect only the documents themselves say: an answer may have been lost and asked again.
        there = self._revisions(states)
        return {state["key"] for state in states if there.get(state["key"]) == state["revision"]}

    def _take_over(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> dict[str, str]:
        """Write states where there is the one that was seen before, or none any more."""
        if not states:
            return {}
        if self._abilities.create and self._abilities.exchange:
            return self._states.write((state["key"], self._exchange(state, seen[state["key"]])) for state in states)
        there = self._revisions(states)
        same = [state for state in states if there.get(state["key"]) == seen[state["key"]]["revision"]]
        gone = [_encoded(state) for state in states if state["key"] not in there]
        return self._insert(self._states, gone) | self._states.write(
            (state["key"], [self._replace(state, self._if_heeded(revision=seen[state["key"]]["revision"]))])
            for state in same
        )

    def _if_heeded(self, **when: Any) -> Document:
        return when if self._abilities.exchange else {}

    def _revisions(self, states: Sequence[JobState]) -> dict[str, object]:
        keys = [state["key"] for state in states]
        return {
            document["_id"]: document.get("revision")
            for document in self._states.among("_id", keys, [_only("revision")])
        }

    def _insert(self, collection: Collection, documents: Sequence[Document]) -> dict[str, str]:
        """Write documents unless there are any of their `_id`, and return which were refused, and why."""
        if not documents:
            return {}
        if self._abilities.create:
            return collection.write((document["_id"], [self._create(document)]) for document in documents)
        there = {
            document["_id"]
            for document in collection.among("_id", [document["_id"] for document in documents], [_only("_id")])
        }
        new = [document for document in documents if document["_id"] not in there]
        reasons = {document["_id"]: collection.insert_one(document) for document in new}
        return {key: reason for key, reason in reasons.items() if reason}

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        documents = [_renamed(record, _ESCAPES) for record in records]
        reasons = self._insert(self._records, documents)
        # By what is there: a record that is not must not be taken for written.
        there = {
            document["_id"]
            for document in self._records.among("_id", [document["_id"] for document in documents], [_only("_id")])
        }
        missing = [document["_id"] for document in documents if document["_id"] not in there]
        return {key: reasons.get(key) or "the database has taken it, and does not have it" for key in missing}

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        states = list(states)
        if not states:
            return {}
        if self._abilities.create and self._abilities.exchange:
            return self._states.write(self._settling(state, owner) for state in states)
        refused = self._insert(self._states, [_encoded(state) for state in states])
        keys = [state["key"] for state in states]
        there = {
            document["_id"]: document.get("owner") for document in self._states.among("_id", keys, [_only("owner")])
        }
        mine = {key for key, other in there.items() if isinstance(other, dict) and other.get("session") == owner}
        refused = {key: reason for key, reason in refused.items() if key not in there}
        return refused | self._states.write(
            (state["key"], [self._replace(state, {} if is_done else self._if_heeded(**{"owner.session": owner}))])
            for state in states
            if (is_done := state["state"] == "done") or state["key"] in mine
        )

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        if inputs is None:
            documents = self._records.pages({}, [_only(*_SUMMARY)])
        else:
            documents = self._records.among(f"{_PROCESSES}.code.input_data.url", inputs, [_only(*_SUMMARY)])
        return map(summary_of, self._checked_records(documents))

    def _checked_records(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            with self.damaged.of_record(document["_id"]):
                yield checked_record(_renamed(_readable(document), _UNESCAPES), document["_id"])

    def _checked_states(self, documents: Iterable[Document], *, whole: bool = True) -> Iterator[JobState]:
        for document in documents:
            with self.damaged.of_state(document["_id"]):
                yield checked_state(_decoded(_readable(document)), document["_id"], whole=whole)

    def _create(self, document: Document) -> Document:
        """Return the operation that writes a document unless one of its `_id` is there."""
        rest = {name: value for name, value in document.items() if name != "_id"}
        return update(document["_id"], {"$setOnInsert": rest}, self._abilities.flag(wanted=True))

    def _replace(self, state: JobState, when: Document, *, upsert: bool = False) -> Document:
        """Return the operation that replaces a state where its document is as `when` says; no old field stays."""
        there = {name: value for name, value in _encoded(state).items() if name != "_id"}
        gone = set(STATE_FIELDS) - there.keys()
        if self._abilities.unset:
            change = {"$set": there, "$unset": dict.fromkeys(gone, "")}
        else:
            change = {"$set": {**dict.fromkeys(gone), **there}}
        return update(state["key"], change, self._abilities.flag(wanted=upsert), **when)

    def _exchange(self, state: JobState, before: JobState) -> list[Document]:
        return [self._replace(state, {"revision": before["revision"]}), self._create(_encoded(state))]

    def _settling(self, state: JobState, owner: str) -> Change:
        if state["state"] == "done":
            return state["key"], [self._replace(state, {}, upsert=True)]
        return state["key"], [self._create(_encoded(state)), self._replace(state, {"owner.session": owner})]

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


def _only(*names: str) -> Document:
    return {"$project": dict.fromkeys(names, 1)}


def _readable(document: Document) -> Document:
    """Return a document, of which it is known that it is here, and that it can be gone into."""
    if TOO_LARGE in document:
        raise Damaged("it is too large for an answer of the database")
    if is_too_deep(document):
        raise Damaged("it is nested too deeply")
    return document


def _recorded(document: Document) -> Recorded:
    key = document["_id"]
    process = process_of(checked_record(_readable(document), key))
    location = checked_location(document.get("location"), key, ours=False)
    ram = (process.get("resources") or {}).get("ram")
    return recorded_of(location, process.get("start_date_time"), process.get("end_date_time"), ram)


def _encoded(state: JobState) -> Document:
    return {**state, "parts": canonical_json(state["parts"])}


def _decoded(document: Document) -> Document:
    if not isinstance(parts := document.get("parts"), str):
        return document
    try:
        return {**document, "parts": json_in(parts)}
    except ValueError as error:
        raise Damaged(f"parts: {error}") from None


def _renamed(value: Any, names: Mapping[int, str]) -> Any:
    if isinstance(value, Mapping):
        return {name.translate(names): _renamed(item, names) for name, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value
