"""How records, job states and launches are written as documents of DocDB, and read from them."""

from collections.abc import Mapping
from typing import Any

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.json_values import canonical_json
from analysis_jobs.records.outputs import short_outputs
from analysis_jobs.records.read import Recorded, checked_location, checked_record, process_of, recorded_of
from analysis_jobs.shapes import Damaged, is_too_deep, json_in
from analysis_jobs.store.docdb_client import TOO_LARGE, Document
from analysis_jobs.store.history import checked_note
from analysis_jobs.store.launches import checked_launch
from analysis_jobs.store.states import checked_state

# DocumentDB refuses these in names of fields, which outputs and parameters may have; MongoDB's advice is their twins.
# The parts of a key, which must come back as they were, are kept as a text.
_ESCAPES = str.maketrans({".": "\uff0e", "$": "\uff04"})
_UNESCAPES = str.maketrans({"\uff0e": ".", "\uff04": "$"})


def document_of_record(record: Mapping[str, Any]) -> Document:
    """Return a record as it is stored."""
    document: Document = _renamed(record, _ESCAPES)
    return document


def record_in(document: Document) -> Document:
    """Return the record that a document is.

    Raises
    ------
    Damaged
        If it is none, or is not here.
    """
    return checked_record(_renamed(_readable(document), _UNESCAPES), document["_id"])


def document_of_state(state: JobState) -> Document:
    """Return a job state as it is stored."""
    return {**state, "parts": canonical_json(state["parts"])}


def state_in(document: Document, *, whole: bool) -> JobState:
    """Return the job state that a document is, of which only some fields may be here.

    Raises
    ------
    Damaged
        If it is none, or is not here.
    """
    return checked_state(_decoded(_readable(document)), document["_id"], whole=whole)


def launch_in(document: Document) -> LaunchRecord:
    """Return what a document says of a launch.

    Raises
    ------
    Damaged
        If it is none, or is not here.
    """
    return checked_launch(_readable(document), document["_id"])


def note_in(document: Document) -> HistoryNote:
    """Return the note that a document is.

    Raises
    ------
    Damaged
        If it is none, or is not here.
    """
    return checked_note(_readable(document), document["_id"])


def recorded_in(document: Document) -> Recorded:
    """Return what DEDUPE asks of a record.

    Raises
    ------
    Damaged
        If it is none.
    """
    key = document["_id"]
    process = process_of(checked_record(_readable(document), key))
    location = checked_location(document.get("location"), key, ours=False)
    ram = (process.get("resources") or {}).get("ram")
    outputs = short_outputs(_renamed(process.get("output_parameters"), _UNESCAPES))
    return recorded_of(location, process.get("start_date_time"), process.get("end_date_time"), ram, outputs)


def _readable(document: Document) -> Document:
    """Return a document, of which it is known that it is here, and that it can be gone into."""
    if TOO_LARGE in document:
        raise Damaged("it is too large for an answer of the database")
    if is_too_deep(document):
        raise Damaged("it is nested too deeply")
    return document


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
