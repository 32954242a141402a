"""What every store can do, whatever lies behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from analysis_jobs.documents import HistoryNote, JobState, LaunchRecord
from analysis_jobs.records.read import Recorded, Summary
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.briefs import Brief
from analysis_jobs.store.damaged import DamagedDocuments

DocumentKind = Literal["record", "state"]


class Store(Protocol):
    """Records of finished jobs, a small state document for every job that was ever claimed, and one for every launch.

    Beside them lie notes on what was done to jobs after they were computed; see `HistoryNote`.

    A record is an aind-data-schema `Metadata` document with the job's key as its `_id`; that it exists means
    that the job is done. A job state has `key`, `state` (one of `StateName`), `attempt`,
    `owner`, `revision`, the `parts` of the key, and what became of the job.

    A document that is damaged is left out of what is read, named in the log, and noted in `damaged`.
    """

    @property
    def damaged(self) -> DamagedDocuments:
        """What was read until now and cannot be used."""

    def check(self, *, write: bool) -> None:
        """See that the store can be read, and written if that is wanted, without changing anything.

        Raises
        ------
        InvalidInput
            If it cannot be reached or refuses: says so in one sentence.
        ServiceUnavailable
            If it does not answer now.
        """

    def count(self) -> int:
        """Return how many records there are."""

    def form(self) -> str:
        """Return of which version what holds the documents is, in words; an empty text where it has no form."""

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        """Return where the results are, what the job took, and its short outputs, of each of the keys with a record."""

    def job_states(self, keys: Sequence[str], *, whole: bool = False) -> dict[str, JobState]:
        """Return the state of each of the keys that has one; unless `whole`, its `parts` and logs may be left out."""

    def records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the whole record of each of the keys that has one."""

    def keys(self, prefix: str, limit: int = 10) -> list[str]:
        """Return the first keys that begin so, of records and of job states, at most `limit`."""

    def states(self, *, brief: bool = False) -> Iterator[JobState]:
        """Yield every job state, in the order of keys: whole, or `brief`, without tracebacks and logs."""

    def briefs(self) -> Iterator[Brief]:
        """Yield every job that has a record or a state in brief, quickly: what those need who show very many."""

    def version(self) -> str:
        """Return a text that is another one once something was written; an empty one where nobody can tell that."""

    def pending(self) -> Iterator[JobState]:
        """Yield the states that are claims, of whatever run."""

    def adopted(self) -> set[str]:
        """Return the `_id` of every record that some job has adopted, for which other code than its own made it."""

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

    def insert(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Insert records by their `_id`; one that exists stays as it is.

        Returns
        -------
        dict of str to str
            By `_id` the records that the store refused, and why; the others are inserted.
        """

    def settle(self, states: Iterable[JobState], owner: str) -> dict[str, str]:
        """Write final states. Those of jobs that somebody else owns by now stay, unless the job is done.

        Returns
        -------
        dict of str to str
            By key the states that the store refused, and why.
        """

    def raw(self, kind: DocumentKind, key: str) -> str:
        """Return a document as it is kept, damaged or not; an empty text where there is none."""

    def remove(self, kind: DocumentKind, keys: Sequence[str]) -> dict[str, str]:
        """Remove documents, damaged or not; return by key those that the store refused to remove, and why."""

    def summaries(self, inputs: Sequence[str] | None) -> Iterator[Summary]:
        """Yield a summary of every record, of ours or of others, with one of these locations among its inputs.

        None for all records. Outputs are not read for it.
        """

    def summaries_of(self, keys: Sequence[str]) -> Iterator[Summary]:
        """Yield a summary of the record of each of the keys that has one; see `summaries`."""

    def search(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        """Yield whole records, at least those that are wanted; whoever asks looks again at each."""

    def put_launch(self, launch: LaunchRecord) -> str:
        """Write what is known of a launch in place of what was; return why the store refused, or an empty text.

        Raises
        ------
        ServiceUnavailable
            If the store does not answer now.
        """

    def launches(self, sessions: Sequence[str] | None = None) -> Iterator[LaunchRecord]:
        """Yield what is known of the launches of these sessions, or of all, in no order."""

    def check_history(self) -> None:
        """See that notes can be written, without changing anything.

        Raises
        ------
        InvalidInput
            If not.
        ServiceUnavailable
            If the store does not answer now.
        """

    def add_history(self, notes: Sequence[HistoryNote]) -> dict[str, str]:
        """Write notes on what was, or will be, done to jobs; return by `_id` those that were refused, and why."""

    def history(self, prefix: str = "", *, whole: bool = False) -> Iterator[HistoryNote]:
        """Yield the notes on keys that begin so, by key and time; unless `whole`, without what was set aside."""
