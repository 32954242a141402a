"""The store: which jobs have a record, and the state of the others. One interface, whatever lies behind it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

JobState = dict[str, Any]


class Store(Protocol):
    """Records of finished jobs, and a small state document for every job that was ever claimed.

    A record is an aind-data-schema `Metadata` document with the job's key as its `_id`; that it exists means
    that the job is done. A job state has `key`, `state` (`pending`, `done`, `empty`, `failed`), `attempt`,
    `owner`, `revision`, the `parts` of the key, and what became of the job.
    """

    def recorded(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the location of the results for each of the keys that has a record."""

    def job_states(self, keys: Sequence[str]) -> dict[str, JobState]:
        """Return the state of each of the keys that has one."""

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        """Write new states where nobody changed them since they were read.

        Parameters
        ----------
        states
            The new states, each with a new `revision`.
        seen
            The states as read before, by key; a key without one is written only if it still has none.

        Returns
        -------
        set of str
            The keys that were written: of two that claim the same job, one gets it.
        """

    def insert(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Insert records by their `_id`; one that exists stays as it is."""

    def settle(self, states: Iterable[JobState], owner: str) -> None:
        """Write final states. Those of jobs that somebody else owns by now stay, unless the job is done."""


def open_store(url: str, *, read_only: bool = False) -> Store:
    """Open a store.

    Parameters
    ----------
    url
        Path of a SQLite file, which is made if it is not there.
    read_only
        Promise not to write: then nothing is made, and a store that is not there is empty.

    Raises
    ------
    InvalidInput
        If the file cannot be opened or is no store.
    """
    from analysis_jobs.sqlite_store import SqliteStore

    return SqliteStore(Path(url), read_only=read_only)
