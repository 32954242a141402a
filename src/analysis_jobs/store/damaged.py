"""The documents of a store that were found to be not what they are to be: named once, and left out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged
from analysis_jobs.wording import shown

log = logging.getLogger(__name__)

_SAID = "the %s %s in %s is damaged: %s; restore it, or remove %s"
_OF_A_JOB = "it to have the job run again"


class DamagedDocuments:
    """What a store could not use of what it has read so far.

    Attributes
    ----------
    records, states, launches, notes
        By key, session or name a sentence that says where the document is and what is wrong with it.
    """

    def __init__(self, records: str, states: str, launches: str, history: str) -> None:
        """Take what messages call the places of the records, the states, the launches, and the notes."""
        self._records, self._states, self._launches, self._history = records, states, launches, history
        self.records: dict[str, str] = {}
        self.states: dict[str, str] = {}
        self.launches: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Return whether there was any."""
        return bool(self.records or self.states or self.launches or self.notes)

    def refuse(self, key: str) -> None:
        """See that the record and the state of a key, as far as they were read, can be used.

        Raises
        ------
        InvalidInput
            If not.
        """
        if message := self.records.get(key) or self.states.get(key):
            raise InvalidInput(f"{key} cannot be used: {message}")

    @contextmanager
    def of_record(self, key: object) -> Iterator[None]:
        """Note, name and pass over a record that is damaged."""
        with _noted("record", key, self._records, self.records, _OF_A_JOB):
            yield

    @contextmanager
    def of_state(self, key: object) -> Iterator[None]:
        """Note, name and pass over a job state that is damaged."""
        with _noted("job state", key, self._states, self.states, _OF_A_JOB):
            yield

    @contextmanager
    def of_launch(self, session: object) -> Iterator[None]:
        """Note, name and pass over what is known of a launch and is damaged."""
        with _noted("launch", session, self._launches, self.launches, "it"):
            yield

    @contextmanager
    def of_note(self, name: object) -> Iterator[None]:
        """Note, name and pass over a note of the history that is damaged."""
        with _noted("note", name, self._history, self.notes, "it"):
            yield


@contextmanager
def _noted(kind: str, key: object, place: str, noted: dict[str, str], remove: str) -> Iterator[None]:
    try:
        yield
    except Damaged as error:
        name = key if isinstance(key, str) and key.isprintable() and len(key) <= 200 else shown(key)
        words = kind, name, place, error, remove
        if (message := _SAID % words) != noted.get(str(key)):
            noted[str(key)] = message
            log.warning(_SAID, *words)
