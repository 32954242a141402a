"""Removing jobs and their results, so that a death at any moment leaves each whole, or to be computed again.

Of each job, in this order:

1. Its state becomes a claim that is marked (`forgotten`), by one conditional write. A launch that comes now sees that
   somebody has the job, and what was changed since it was looked at, or claimed, is left alone.
2. A note goes into the history. Where none may be written, nothing is removed, and the state is as it was.
3. The record goes. Until then the job is whole, and done; from now on the next launch computes it. Were the files the
   first to go, a record without them would be damage: no launch computes what has a record.
4. The files go, the manifest last: it says which of them are ours. While it is there the result may be whole, and a
   launch would keep that instead of its own: so who claims a marked job next, DEDUPE or ``fsck --repair``, goes on.
5. The state goes, and with it the mark.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from analysis_jobs.documents import Act, HistoryNote, JobState, Parts, StateDetails
from analysis_jobs.jobs.key import normalized_inputs
from analysis_jobs.records.read import summary_of
from analysis_jobs.store.history import new_note
from analysis_jobs.store.processes import process_identity
from analysis_jobs.store.states import given_back, new_owner, new_state
from analysis_jobs.upkeep.pair import Pair

# What goes of a job: all, or all but its files, or its state alone; or the files alone, which no record names
Scope = Literal["job", "documents", "state", "files"]
# Jobs that are removed together: as many as a claim lasts for, and few requests
_CHUNK = 1_000
_HOURS = 6.0
_CHANGED = "it has changed since it was checked: run this again"
# Of a job of which nothing says it, as its record cannot be used
_NO_PARTS: Parts = {"key_version": None, "inputs": [], "parameters": {}, "code": ""}
# What a claim for a removal keeps of the state before, so that it can be given back
KEPT_DETAILS = StateDetails.__annotations__.keys() - {"owner", "expires", "released", "forgotten"}


@dataclass(frozen=True)
class Doomed:
    """A job that is to be removed, as it was when that was judged.

    Attributes
    ----------
    revision
        Of its state; None without one.
    recorded
        Whether it has a record of its own.
    names, size
        The files of its results that go, and their bytes.
    what
        What goes, in words, for the note.
    """

    key: str
    revision: str | None
    recorded: bool
    names: Sequence[str] = ()
    size: int = 0
    what: str = ""


@dataclass(frozen=True)
class Removed:
    """What became of a job: it is removed, unless there is a reason why not."""

    job: Doomed
    why_not: str = ""


@dataclass(frozen=True)
class _Claimed:
    """A job that this removal has, with its state before, if it had one."""

    job: Doomed
    state: JobState
    before: JobState | None


_Jobs = Mapping[str, _Claimed]


class Removal:
    """Removes jobs from a bucket and a store; see this module's docstring."""

    def __init__(self, pair: Pair, scope: Scope, act: Act, by: str) -> None:
        """Take where, what goes, and what the history says of it: which act, and whose."""
        self._bucket, self._store = pair.bucket, pair.store
        self._scope, self._act, self._by = scope, act, by
        self._owner = new_owner(f"{act}-{secrets.token_hex(4)}", process_identity(os.getpid()))

    def of(self, jobs: Sequence[Doomed]) -> Iterator[Removed]:
        """Remove jobs, and yield what became of each."""
        for start in range(0, len(jobs), _CHUNK):
            yield from self._chunk({job.key: job for job in jobs[start : start + _CHUNK]})

    def _chunk(self, jobs: Mapping[str, Doomed]) -> Iterator[Removed]:
        before = self._store.job_states(list(jobs), whole=True)
        recorded = self._recorded(jobs)
        as_judged = {
            key: job
            for key, job in jobs.items()
            if _revision(before.get(key)) == job.revision and (key in recorded) == job.recorded
        }
        claimed = self._claim(as_judged, before)
        why_not = dict.fromkeys(jobs.keys() - claimed.keys(), _CHANGED) | self._removed(claimed)
        for key, job in jobs.items():
            yield Removed(job, why_not.get(key, ""))

    def _recorded(self, keys: Iterable[str]) -> set[str]:
        """Return which have a record, be it damaged."""
        recorded = self._store.recorded(list(keys)).keys()
        return {key for key in keys if key in recorded or key in self._store.damaged.records}

    def _claim(self, jobs: Mapping[str, Doomed], before: Mapping[str, JobState]) -> dict[str, _Claimed]:
        without = [key for key, job in jobs.items() if key not in before and job.recorded]
        parts = {key: _parts_of(record) for key, record in self._store.records(without).items()} if without else {}
        states = {key: self._state(key, before.get(key), parts.get(key)) for key in jobs}
        won = self._store.claim(list(states.values()), before)
        return {key: _Claimed(jobs[key], states[key], before.get(key)) for key in jobs if key in won}

    def _state(self, key: str, before: JobState | None, parts: Parts | None) -> JobState:
        now = datetime.now(UTC)
        kept = {name: value for name, value in (before or {}).items() if name in KEPT_DETAILS}
        details = cast(StateDetails, kept)
        details |= {"owner": self._owner, "expires": (now + timedelta(hours=_HOURS)).isoformat()}
        details["forgotten"] = {"by": self._by, "when": now.isoformat(), "files": self._scope in ("job", "files")}
        parts = before["parts"] if before else parts or _NO_PARTS
        return new_state(key, "pending", before["attempt"] if before else 1, parts, **details)

    def _removed(self, jobs: _Jobs) -> dict[str, str]:
        """Take the steps, each for all jobs that got so far; return by key why one got no further."""
        why_not: dict[str, str] = {}
        for step, can_go_back in self._steps():
            failed = step(jobs) if jobs else {}
            if can_go_back and failed:
                self._give_back({key: jobs[key] for key in failed})
            why_not |= failed
            jobs = {key: job for key, job in jobs.items() if key not in failed}
        return why_not

    def _steps(self) -> Iterator[tuple[Callable[[_Jobs], dict[str, str]], bool]]:
        yield self._note, True
        if self._scope == "files":
            yield self._still_unrecorded, True
        if self._scope in ("job", "documents"):
            yield self._remove_records, True
        if self._scope in ("job", "files"):
            yield self._remove_files, False
        yield self._remove_states, False

    def _note(self, jobs: _Jobs) -> dict[str, str]:
        notes = {key: self._note_on(claimed.job) for key, claimed in jobs.items()}
        refused = self._store.add_history(list(notes.values()))
        why = "its history cannot be written, so nothing is removed"
        return {key: f"{why}: {refused[note['_id']]}" for key, note in notes.items() if note["_id"] in refused}

    def _note_on(self, job: Doomed) -> HistoryNote:
        note = new_note(job.key, self._act, self._by, job.what)
        if self._scope in ("job", "files"):
            note["bytes"] = job.size
        return note

    def _still_unrecorded(self, jobs: _Jobs) -> dict[str, str]:
        """See once more that nobody recorded them: a launch that did so and has not settled them yet had the claim."""
        return dict.fromkeys(self._recorded(jobs), "it has been recorded meanwhile")

    def _remove_records(self, jobs: _Jobs) -> dict[str, str]:
        recorded = [key for key, claimed in jobs.items() if claimed.job.recorded]
        refused = self._store.remove("record", recorded) if recorded else {}
        return {key: f"the store does not remove its record: {why}" for key, why in refused.items()}

    def _remove_files(self, jobs: _Jobs) -> dict[str, str]:
        left = self._bucket.clear({key: claimed.job.names for key, claimed in jobs.items() if claimed.job.names})
        return {
            key: f"not all of its files could be removed: {why}; fix that, then `analysis-jobs fsck --repair` removes "
            "the rest"
            for key, why in left.items()
        }

    def _remove_states(self, jobs: _Jobs) -> dict[str, str]:
        if self._scope == "files":  # what is known of the job beside its results stays
            self._give_back(jobs)
            return {}
        refused = self._store.remove("state", self._still_mine(jobs))
        return {key: f"the store does not remove its state: {why}" for key, why in refused.items()}

    def _give_back(self, jobs: _Jobs) -> None:
        """Let states be as they were."""
        claims = {key: claimed.state for key, claimed in jobs.items()}
        before = [given_back(claimed.before) for claimed in jobs.values() if claimed.before]
        if before:
            self._store.claim(before, claims)
        if new := self._still_mine({key: claimed for key, claimed in jobs.items() if claimed.before is None}):
            self._store.remove("state", new)

    def _still_mine(self, jobs: _Jobs) -> list[str]:
        now = self._store.job_states(list(jobs)) if jobs else {}
        return [key for key, claimed in jobs.items() if _revision(now.get(key)) == claimed.state["revision"]]


def _revision(state: JobState | None) -> str | None:
    return state["revision"] if state else None


def _parts_of(record: Mapping[str, object]) -> Parts:
    """Return what a record says of the parts of its key."""
    summary = summary_of(record)
    inputs, parameters = normalized_inputs(summary.inputs), dict(summary.parameters)
    return {"key_version": None, "inputs": list(inputs), "parameters": parameters, "code": summary.code_version}
