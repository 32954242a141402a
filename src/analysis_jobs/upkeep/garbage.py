"""What nothing needs any more in bucket and store, judged by what the store knows at one moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from analysis_jobs.bucket.names import KEY, MANIFEST
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.records.read import is_ours
from analysis_jobs.results.choice import meaning_of
from analysis_jobs.results.listing import JobLine, adopted_record, lines_from
from analysis_jobs.results.times import seconds_of, time_of
from analysis_jobs.shapes import Damaged
from analysis_jobs.store.protocol import Store
from analysis_jobs.upkeep.attempts import DEAD_AFTER
from analysis_jobs.upkeep.folder import NamedFiles
from analysis_jobs.upkeep.known import is_claim, launches_known
from analysis_jobs.upkeep.uses import Uses

GarbageKind = Literal["result without record", "leftovers", "replaced result"]
# What is kept of results that newer ones have replaced, unless somebody says otherwise
REPLACED_AGE = timedelta(days=30)


@dataclass(frozen=True)
class Ages:
    """How old things must be before they are garbage.

    Attributes
    ----------
    given
        As somebody wants it. For what an attempt may be writing, it counts only if it is more than a live one's.
    """

    given: timedelta | None = None

    @property
    def replaced(self) -> timedelta:
        """Since a newer result was there."""
        return REPLACED_AGE if self.given is None else self.given

    @property
    def unrecorded(self) -> timedelta:
        """Since a file was last written."""
        return max(DEAD_AFTER, self.given or DEAD_AFTER)


class Snapshot:
    """What a store knows at one moment, as far as it says what is garbage."""

    def __init__(self, store: Store) -> None:
        """Read all of it: every job in brief, twice, and the history without what it set aside."""
        self.records = {record.id: record for record in store.summaries(None)}
        self.states = {state["key"]: state for state in store.states(brief=True)}
        self.damaged = {*store.damaged.records, *store.damaged.states}
        lines = lines_from(self.records, self.states, store.damaged.records)
        self.noted = {note["key"] for note in store.history()}
        self._launches = launches_known(store, self.states.values())
        self._uses = Uses(lines)
        self._adopted = {adopted_record(state) for state in self.states.values()}
        self._replaced = dict(_replaced(lines))

    def is_busy(self, key: str) -> bool:
        """Return whether somebody has a job, or nobody can tell: it is claimed, half forgotten, or damaged."""
        state = self.states.get(key)
        return key in self.damaged or (state is not None and (is_claim(state) or "forgotten" in state))

    def keeps(self, key: str) -> bool:
        """Return whether a job is left alone, whatever else is known of it: it is busy, or of use to others."""
        return self.is_busy(key) or key in self._adopted or bool(self._uses.inputs.get(key))

    def is_unrecorded(self, key: str) -> bool:
        """Return whether results of a key have no record, and are of this store: others may use the same bucket."""
        known = key in self.states or key in self.noted
        return key not in self.records and known and not self.keeps(key)

    def has_launched(self, session: str) -> bool:
        """Return whether a launch may have been one with this store, by its session; an empty one may be any."""
        return not session or session in self._launches

    def is_of_another_store(self, key: str) -> bool:
        """Return whether the store does not know a key."""
        return not (key in self.records or key in self.states or key in self.damaged or key in self.noted)

    def replaced_by(self, key: str, now: datetime, ages: Ages) -> str:
        """Return the key of the result that has replaced another one long ago, or an empty text."""
        newer, when = self._replaced.get(key, ("", now))
        return newer if newer and not self.keeps(key) and now - when >= ages.replaced else ""


def _replaced(lines: list[JobLine]) -> Iterator[tuple[str, tuple[str, datetime]]]:
    """Yield the keys of our results that have been replaced, each with the one that did so, and when."""
    newest: dict[str, tuple[str, datetime]] = {}
    for line in sorted(lines, key=lambda line: -seconds_of(line.changed)):
        record, when = line.record, time_of(line.changed)
        if record is None or record.id != line.key or not is_ours(record) or when is None or not record.inputs:
            continue
        meaning = meaning_of(record)
        if meaning in newest and newest[meaning][1] > when:  # of two of the same moment none is the newer one
            yield line.key, newest[meaning]
        newest[meaning] = line.key, when


def published_by(key: str, files: NamedFiles, bucket: Bucket) -> str | None:
    """Return the session of the launch that has published a result; None if there is no manifest, or not of the key.

    The text is empty where the manifest does not say it.
    """
    if not KEY.fullmatch(key) or MANIFEST not in files:
        return None
    try:
        manifest: Mapping[str, Any] | None = bucket.manifest(key)
    except Damaged:
        return None
    if manifest is None:
        return None
    run = manifest.get("run")
    owner = run.get("owner") if isinstance(run, dict) else None
    return str(owner.get("session") or "") if isinstance(owner, dict) else ""


def age_of(files: NamedFiles, now: datetime) -> timedelta:
    """Return how long nothing has been written there."""
    return now - max(file.changed for file in files.values())
