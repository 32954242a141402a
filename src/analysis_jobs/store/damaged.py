"""The documents of a store that were found to be no records and no states: named once, and left out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged
from analysis_jobs.wording import shown

log = logging.getLogger(__name__)

_SAID = "the %s %s in %s is damaged: %s; restore it, or remove it to have the job run again"


class DamagedDocuments:
    """What a store could not use of what it has read so far.

    Attributes
    ----------
    records, states
        By key a sentence that says where the document is and what is wrong with it.
    """

    def __init__(self, records: str, states: str) -> None:
        """Take what messages call the place of the records, and that of the states."""
        self._places = {"record": records, "job state": states}
        self.records: dict[str, str] = {}
        self.states: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Return whether there was any."""
        return bool(self.records or self.states)

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
        with self._noted("record", key, self.records):
            yield

    @contextmanager
    def of_state(self, key: object) -> Iterator[None]:
        """Note, name and pass over a job state that is damaged."""
        with self._noted("job state", key, self.states):
            yield

    @contextmanager
    def _noted(self, kind: str, key: object, noted: dict[str, str]) -> Iterator[None]:
        try:
            yield
        except Damaged as error:
            name = key if isinstance(key, str) and key.isprintable() and len(key) <= 200 else shown(key)
            words = kind, name, self._places[kind], error
            if (message := _SAID % words) != noted.get(str(key)):
                noted[str(key)] = message
                log.warning(_SAID, *words)
