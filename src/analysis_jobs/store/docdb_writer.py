"""How DocDB is written to, so that of two launches only one gets a job and the first record stays.

Where the service can, by conditional updates in bulk; where it lacks something, by what is left of it.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from analysis_jobs.documents import JobState
from analysis_jobs.store.docdb_abilities import Abilities, look, recall, update
from analysis_jobs.store.docdb_client import Change, Collection, Document
from analysis_jobs.store.docdb_documents import document_of_state
from analysis_jobs.store.states import STATE_FIELDS

log = logging.getLogger(__name__)


class DocdbWriter:
    """Writes job states to their collection, and documents to any."""

    def __init__(self, states: Collection) -> None:
        """Take the collection of job states."""
        self._states = states
        self._known_abilities: Abilities | None = None

    def look(self) -> None:
        """Try what the service can do, once for a launch."""
        self._known_abilities = look(self._states)

    @property
    def abilities(self) -> Abilities:
        """What the service can do: as this process saw it, or the one that looked for the launch."""
        if self._known_abilities is None:
            self._known_abilities = recall(self._states)
        return self._known_abilities

    def insert(self, collection: Collection, documents: Sequence[Document]) -> dict[str, str]:
        """Write documents unless there are any of their `_id`, and return which were refused, and why."""
        if not documents:
            return {}
        if self.abilities.create:
            return collection.write((document["_id"], [self._create(document)]) for document in documents)
        there = collection.field_of([document["_id"] for document in documents], "_id")
        new = [document for document in documents if document["_id"] not in there]
        reasons = {document["_id"]: collection.insert_one(document) for document in new}
        return {key: reason for key, reason in reasons.items() if reason}

    def put(self, collection: Collection, document: Document, fields: Sequence[str]) -> str:
        """Write a document in place of what there is of its `_id`; return why it was refused, or an empty text.

        Of that is removed what is among `fields` and not in the document.
        """
        key, is_made = document["_id"], self.abilities.create
        if not is_made and (refused := self.insert(collection, [document])):
            return refused[key]
        change = self._change({name: value for name, value in document.items() if name != "_id"}, fields)
        return collection.write([(key, [update(key, change, self.abilities.flag(wanted=is_made))])]).get(key, "")

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """See `Store.claim`."""
        refused = self.insert(self._states, [document_of_state(state) for state in states if state["key"] not in seen])
        refused |= self._take_over([state for state in states if state["key"] in seen], seen)
        for key, reason in refused.items():
            log.warning("job %s could not be claimed: %s", key, reason)
        # Which of them took effect only the documents themselves say: an answer may have been lost and asked again.
        there = self._revisions(states)
        return {state["key"] for state in states if there.get(state["key"]) == state["revision"]}

    def settle(self, states: Sequence[JobState], owner: str) -> dict[str, str]:
        """See `Store.settle`."""
        if not states:
            return {}
        if self.abilities.create and self.abilities.exchange:
            return self._states.write(self._settling(state, owner) for state in states)
        refused = self.insert(self._states, [document_of_state(state) for state in states])
        there = self._states.field_of([state["key"] for state in states], "owner")
        mine = {key for key, other in there.items() if isinstance(other, dict) and other.get("session") == owner}
        refused = {key: reason for key, reason in refused.items() if key not in there}
        return refused | self._states.write(
            (state["key"], [self._replace(state, {} if is_done else self._if_heeded(**{"owner.session": owner}))])
            for state in states
            if (is_done := state["state"] == "done") or state["key"] in mine
        )

    def _take_over(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> dict[str, str]:
        """Write states where there is the one that was seen before, or none any more."""
        if not states:
            return {}
        if self.abilities.create and self.abilities.exchange:
            return self._states.write((state["key"], self._exchange(state, seen[state["key"]])) for state in states)
        there = self._revisions(states)
        same = [state for state in states if there.get(state["key"]) == seen[state["key"]]["revision"]]
        gone = [document_of_state(state) for state in states if state["key"] not in there]
        return self.insert(self._states, gone) | self._states.write(
            (state["key"], [self._replace(state, self._if_heeded(revision=seen[state["key"]]["revision"]))])
            for state in same
        )

    def _settling(self, state: JobState, owner: str) -> Change:
        if state["state"] == "done":
            return state["key"], [self._replace(state, {}, upsert=True)]
        return state["key"], [self._create(document_of_state(state)), self._replace(state, {"owner.session": owner})]

    def _exchange(self, state: JobState, before: JobState) -> list[Document]:
        return [self._replace(state, {"revision": before["revision"]}), self._create(document_of_state(state))]

    def _create(self, document: Document) -> Document:
        """Return the operation that writes a document unless one of its `_id` is there."""
        rest = {name: value for name, value in document.items() if name != "_id"}
        return update(document["_id"], {"$setOnInsert": rest}, self.abilities.flag(wanted=True))

    def _replace(self, state: JobState, when: Document, *, upsert: bool = False) -> Document:
        """Return the operation that replaces a state where its document is as `when` says; no old field stays."""
        there = {name: value for name, value in document_of_state(state).items() if name != "_id"}
        change = self._change(there, STATE_FIELDS)
        return update(state["key"], change, self.abilities.flag(wanted=upsert), **when)

    def _change(self, there: Document, fields: Sequence[str]) -> Document:
        """Return what sets some fields and removes the others."""
        gone = set(fields) - there.keys()
        if self.abilities.unset:
            return {"$set": there, "$unset": dict.fromkeys(gone, "")}
        return {"$set": {**dict.fromkeys(gone), **there}}

    def _if_heeded(self, **when: Any) -> Document:
        return when if self.abilities.exchange else {}

    def _revisions(self, states: Sequence[JobState]) -> dict[str, object]:
        return self._states.field_of([state["key"] for state in states], "revision")
