"""The store in AIND's document database (DocDB): records in one collection, job states in another beside it."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, unquote

from analysis_jobs.aws import aws_session
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import canonical_json
from analysis_jobs.records.read import Recorded, Summary, process_of, recorded_of, summary_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.docdb_client import Change, Collection, Document
from analysis_jobs.store.states import STATE_FIELDS

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
    *(f"{_PROCESSES}.{name}" for name in ("start_date_time", "end_date_time", "resources.ram")),
)
_SUMMARY = (
    "location",
    *(f"{_PROCESSES}.{name}" for name in ("name", "code", "pipeline_name", "start_date_time", "end_date_time")),
)


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
        host, version, database, name = (given.get(each) or default for each, default in _SETTINGS.items())
        if not name:
            raise InvalidInput(
                "the store docdb needs a collection, and DOCDB_COLLECTION is not set or empty; set it to the name of "
                "your project's collection"
            )
        session = None if read_only else aws_session(profile, REGION)
        self._records = Collection(host, version, database, name, session)
        self._states = Collection(host, version, database, f"{name}_jobs", session)

    def check(self, *, write: bool) -> None:
        """See `Store.check`."""
        self._records.check(write=write)
        if write:
            self._states.check(write=True)

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """See `Store.recorded`."""
        return {one["_id"]: _recorded(one) for one in self._records.among("_id", keys, [_only(*_RECORDED)])}

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """See `Store.job_states`."""
        then = [] if whole else [{"$project": _UNNEEDED}]
        return {one["_id"]: _decoded(one) for one in self._states.among("_id", keys, then)}

    def records(self, keys: Sequence[str]) -> dict[str, Document]:
        """See `Store.records`."""
        return {one["_id"]: _renamed(one, _UNESCAPES) for one in self._records.among("_id", keys)}

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """See `Store.keys`."""
        within = {"$match": {"_id": {"$gte": prefix, "$lt": f"{prefix}\U0010ffff"}}}
        stages: list[Document] = [within, {"$sort": {"_id": 1}}, {"$limit": limit}, _only("_id")]
        found = {one["_id"] for each in (self._records, self._states) for one in each.aggregate(stages)}
        return sorted(found)[:limit]

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """See `Store.states`."""
        if brief:
            return map(_decoded, self._states.pages({}, [{"$project": _LOGS}]))
        return map(_decoded, self._states.pages({}, size=_WHOLE_PAGE))

    def pending(self) -> Iterator[JobState]:
        """See `Store.pending`."""
        return map(_decoded, self._states.pages({"state": "pending"}))

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        refused = self._states.write((state["key"], _exchange(state, seen.get(state["key"]))) for state in states)
        for key, reason in refused.items():
            log.warning("job %s could not be claimed: %s", key, reason)
        # Which of them took effect only the documents themselves say: an answer may have been lost and asked again.
        keys = [state["key"] for state in states]
        there = {one["_id"]: one["revision"] for one in self._states.among("_id", keys, [_only("revision")])}
        return {state["key"] for state in states if there.get(state["key"]) == state["revision"]}

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """See `Store.insert`."""
        return self._records.write((record["_id"], [_insert(_renamed(record, _ESCAPES))]) for record in records)

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        return self._states.write(_settling(state, owner) for state in states)

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """See `Store.summaries`."""
        if inputs is None:
            found = self._records.pages({}, [_only(*_SUMMARY)])
        else:
            found = self._records.among(f"{_PROCESSES}.code.input_data.url", inputs, [_only(*_SUMMARY)])
        return (summary_of(_renamed(one, _UNESCAPES)) for one in found)

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
        return (_renamed(one, _UNESCAPES) for one in self._records.pages(query, size=_WHOLE_PAGE))

    def locations(self) -> Iterator[tuple[str, str]]:
        """See `Store.locations`."""
        return ((one["_id"], one["location"]) for one in self._records.pages({}, [_only("location")]))


def _only(*names: str) -> Document:
    return {"$project": dict.fromkeys(names, 1)}


def _recorded(document: Document) -> Recorded:
    process = process_of(document)
    ram = (process.get("resources") or {}).get("ram")
    return recorded_of(document["location"], process.get("start_date_time"), process.get("end_date_time"), ram)


def _insert(document: Mapping[str, Any]) -> Document:
    """Return the operation that writes a document unless one of its `_id` is there."""
    rest = {name: value for name, value in document.items() if name != "_id"}
    return _update({"_id": document["_id"]}, {"$setOnInsert": rest}, upsert=True)


def _replace(state: JobState, when: Document, *, upsert: bool = False) -> Document:
    """Return the operation that replaces a state where its document is as `when` says; no old field stays."""
    there = {name: value for name, value in _encoded(state).items() if name != "_id"}
    gone = dict.fromkeys(set(STATE_FIELDS) - there.keys(), "")
    return _update({"_id": state["key"], **when}, {"$set": there, "$unset": gone}, upsert=upsert)


def _update(query: Document, update: Document, *, upsert: bool) -> Document:
    # The API takes a text for the flag, and every text but "True" for false.
    return {"UpdateOne": {"filter": query, "update": update, "upsert": str(upsert)}}


def _exchange(state: JobState, before: JobState | None) -> list[Document]:
    replaced = [_replace(state, {"revision": before["revision"]})] if before else []
    return [*replaced, _insert(_encoded(state))]


def _settling(state: JobState, owner: str) -> Change:
    if state["state"] == "done":
        return state["key"], [_replace(state, {}, upsert=True)]
    return state["key"], [_insert(_encoded(state)), _replace(state, {"owner.session": owner})]


def _encoded(state: JobState) -> Document:
    return {**state, "parts": canonical_json(state["parts"])}


def _decoded(document: Document) -> JobState:
    parts = {"parts": json.loads(document["parts"])} if "parts" in document else {}
    return cast(JobState, {**document, **parts})


def _renamed(value: Any, names: Mapping[int, str]) -> Any:
    if isinstance(value, Mapping):
        return {name.translate(names): _renamed(item, names) for name, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value
