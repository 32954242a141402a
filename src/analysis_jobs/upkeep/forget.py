"""Which jobs can be forgotten, why others cannot, and what goes of each."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.documents import JobState
from analysis_jobs.records.read import Recorded
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.store.states import held_by_another, owner_of
from analysis_jobs.upkeep.folder import Folder, NamedFiles
from analysis_jobs.upkeep.garbage import published_by
from analysis_jobs.upkeep.half_forgotten import is_half_forgotten
from analysis_jobs.upkeep.known import Known, is_claim, launches_known
from analysis_jobs.upkeep.pair import Pair
from analysis_jobs.upkeep.removal import Doomed, Scope
from analysis_jobs.wording import plural

_CHUNK = 1_000
_FOREIGN = (
    "its files are from a launch that the store does not know, and may belong to another store: give --keep-results, "
    "or --only-state"
)
_IN_WORDS = {"documents": "record and state; the files stay", "state": "the state"}


@dataclass
class Forgettable:
    """Of some jobs those that can be forgotten, and by key why others cannot."""

    jobs: list[Doomed] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files that go."""
        return sum(job.size for job in self.jobs)

    @property
    def files(self) -> int:
        """How many files go."""
        return sum(len(job.names) for job in self.jobs)


def forgettable(keys: Sequence[str], pair: Pair, scope: Scope) -> Forgettable:
    """Look at jobs that are to be forgotten.

    Parameters
    ----------
    keys
        Their keys.
    pair
        Where they are; store and bucket are asked for many at once.
    scope
        What is to go of each.
    """
    found = Forgettable()
    for start in range(0, len(keys), _CHUNK):
        for key, judged in _judged(keys[start : start + _CHUNK], pair, scope):
            if isinstance(judged, str):
                found.refused[key] = judged
            else:
                found.jobs.append(judged)
    return found


def _judged(keys: Sequence[str], pair: Pair, scope: Scope) -> Iterator[tuple[str, Doomed | str]]:
    states, recorded = pair.store.job_states(keys), pair.store.recorded(keys)
    damaged = pair.store.damaged
    files, unlisted = _listed(keys, pair) if scope == "job" else ({}, {})
    published = [key for key in keys if key not in recorded and MANIFEST in files.get(key, ())]
    launches = launches_known(pair.store, states.values()) if published else set[str]()
    for key in keys:
        state, record = states.get(key), recorded.get(key)
        is_recorded = record is not None or key in damaged.records
        if why := _why_not(key, state, is_recorded, pair, scope):
            yield key, why
        elif key in unlisted:
            yield key, unlisted[key]
        elif scope == "job" and (where := _elsewhere(key, record, files[key], pair)):
            yield key, where
        elif not is_recorded and key in published and _is_foreign(key, state, files[key], pair, launches):
            yield key, _FOREIGN
        else:
            yield key, _doomed(key, state, is_recorded, files.get(key), pair, scope)


def _listed(keys: Sequence[str], pair: Pair) -> tuple[dict[str, NamedFiles], dict[str, str]]:
    """Return by key the files, and why those of others cannot be listed."""
    with suppress(OSError):
        return dict(pair.bucket.many_files(keys)), {}
    files: dict[str, NamedFiles] = {}
    unlisted = {}
    for key in keys:
        try:
            files[key] = pair.bucket.files(key)
        except OSError as error:
            unlisted[key] = f"its files cannot be listed ({why_not_readable(error)})"
    return files, unlisted


def _why_not(key: str, state: JobState | None, is_recorded: bool, pair: Pair, scope: Scope) -> str:
    if key in pair.store.damaged.states:
        return "its state is damaged: `analysis-jobs fsck --repair` sets it aside"
    if state and is_claim(state) and not is_half_forgotten(state):
        holder = held_by_another(state, "") or f"run {owner_of(state)['session']} has claimed it"
        return f"{holder}; if it has ended, `analysis-jobs release` frees its jobs"
    if scope == "state" and is_recorded:
        return "it has a record, so removing its state alone changes nothing; leave out --only-state"
    return "" if state or is_recorded else "the store does not know it any more"


def _is_foreign(key: str, state: JobState | None, files: NamedFiles, pair: Pair, launches: Collection[str]) -> bool:
    """Return whether results without a record may be of another store, which has the same bucket and job."""
    if state and "forgotten" in state:  # of which that was seen
        return False
    session = published_by(key, files, pair.bucket)
    return bool(session) and session not in launches


def _elsewhere(key: str, record: Recorded | None, files: NamedFiles, pair: Pair) -> str:
    location = record.location if record else ""
    together = pair.together and bool(files)  # what is elsewhere and not here was not copied
    if not Folder(key, files, Known(location=location), pair.bucket, together).is_elsewhere:
        return ""
    return f"its files are at {location}: give --bucket as in its launch, or --keep-results"


def _doomed(
    key: str,
    state: JobState | None,
    is_recorded: bool,
    files: NamedFiles | None,
    pair: Pair,
    scope: Scope,
) -> Doomed:
    names = pair.bucket.belongings(key, files, recorded=is_recorded) if files else []
    what = _IN_WORDS.get(scope) or f"record, state and {plural(len(names), 'file')} at {pair.bucket.location(key)}"
    size = sum(files[name].size for name in names) if files else 0
    return Doomed(key, state["revision"] if state else None, is_recorded, names, size, what)
