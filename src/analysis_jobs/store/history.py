"""The notes of what somebody did to a job after it was computed, as they are made and read."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from analysis_jobs.documents import Act, HistoryNote
from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged, misshapen
from analysis_jobs.store.protocol import DocumentKind, Store
from analysis_jobs.store.states import is_time
from analysis_jobs.wording import plural

log = logging.getLogger(__name__)

# What a note may hold that makes it large
SET_ASIDE_DOCUMENTS = ("record", "state")


def new_note(key: str, act: Act, by: str, what: str) -> HistoryNote:
    """Return a note, with the time, by which it is called."""
    when = datetime.now(UTC).isoformat(timespec="microseconds")
    return {"_id": f"{key}.{when}", "key": key, "act": act, "by": by, "when": when, "what": what}


def remember(notes: Sequence[HistoryNote], store: Store) -> None:
    """Write notes on what takes nothing away, and which is done all the same where no note may be written."""
    refused = store.add_history(notes)
    for why in list(refused.values())[:1]:
        log.warning("the history of the store has no note on %s: %s", plural(len(refused), "job"), why)


def write_note(note: HistoryNote, store: Store) -> None:
    """Write a note on what is about to be done.

    Raises
    ------
    InvalidInput
        If the store does not take it; says why.
    """
    for refused in store.add_history([note]).values():
        raise InvalidInput(f"its history cannot be written: {refused}")


def set_aside(kind: DocumentKind, note: HistoryNote, store: Store) -> None:
    """Take a document of the key of a note out of the store; the note, which is written first, keeps a copy of it.

    Raises
    ------
    InvalidInput
        If the store does not take the note, or does not remove the document; says why.
    """
    key = note["key"]
    note[kind] = store.raw(kind, key)
    write_note(note, store)
    if refused := store.remove(kind, [key]).get(key):
        raise InvalidInput(f"the store does not remove the {kind}: {refused}")


def checked_note(document: Any, name: str) -> HistoryNote:
    """Return a note as it was read, having seen that all that is read of it is there.

    Parameters
    ----------
    document
        The JSON value. What is null of it is as if it were not there.
    name
        Its `_id`.

    Raises
    ------
    Damaged
        If it is none; says in a few words why not.
    """
    if isinstance(document, dict):
        document = {field: value for field, value in document.items() if value is not None}
    if wrong := misshapen(document, HistoryNote):
        raise Damaged(wrong)
    if document["_id"] != name or not name.startswith(f"{document['key']}."):
        raise Damaged("it belongs to another key")
    if not is_time(document["when"]):
        raise Damaged("when is not a time with a zone")
    return cast(HistoryNote, document)
