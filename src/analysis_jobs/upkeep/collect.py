"""Finding what nothing needs any more in a bucket and its store, and removing it, judged once more at that moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analysis_jobs.bucket.names import KEY, MANIFEST
from analysis_jobs.shapes import Damaged
from analysis_jobs.upkeep.attempts import DEAD_AFTER, dead_files, left_over
from analysis_jobs.upkeep.damage import Damage
from analysis_jobs.upkeep.folder import Folder, NamedFiles
from analysis_jobs.upkeep.garbage import Ages, GarbageKind, Snapshot, age_of, published_by
from analysis_jobs.upkeep.known import Known
from analysis_jobs.upkeep.pair import Pair
from analysis_jobs.upkeep.removal import Doomed, Removal, Scope
from analysis_jobs.upkeep.repair import repaired
from analysis_jobs.wording import plural

# What is judged once more together
_CHUNK = 2_500
_SCOPES: dict[GarbageKind, Scope] = {"result without record": "files", "replaced result": "job"}
_NO_MORE = "it is not garbage any more"


@dataclass(frozen=True)
class Garbage:
    """Something that nothing needs any more: of which kind, what goes, and why."""

    kind: GarbageKind
    doomed: Doomed
    why: str


@dataclass
class Found:
    """What was found in a bucket.

    Attributes
    ----------
    garbage
        What nothing needs any more.
    foreign
        How many results the store knows nothing of, be it that it has such a job: they may be those of another store.
    unreadable
        Names of folders that cannot be listed.
    """

    garbage: list[Garbage] = field(default_factory=list)
    foreign: int = 0
    unreadable: list[str] = field(default_factory=list)


class GarbageCollection:
    """Looks for garbage of a bucket and its store, and removes it."""

    def __init__(self, pair: Pair, ages: Ages, *, replaced: bool, now: datetime) -> None:
        """Take where to look, how old garbage must be, whether replaced results are some, and the time."""
        self._pair, self._ages, self._with_replaced, self._now = pair, ages, replaced, now

    def find(self) -> Found:
        """Look through all of the bucket."""
        snapshot, found = Snapshot(self._pair.store), Found()
        there: dict[str, NamedFiles] = {}
        for key, files in self._pair.bucket.folders():
            if isinstance(files, OSError):
                found.unreadable.append(key or self._pair.bucket.location(""))
            elif KEY.fullmatch(key):
                there[key] = files
        for key, its in there.items():
            found.foreign += MANIFEST in its and self._is_foreign(key, its, snapshot)
            if one := self._unrecorded(key, its, snapshot) or self._leftovers(key, its, snapshot):
                found.garbage.append(one)
        if self._with_replaced:
            found.garbage += filter(None, (self._replaced(key, there, snapshot) for key in snapshot.records))
        return found

    def remove(self, garbage: Sequence[Garbage]) -> Iterator[tuple[Garbage, str]]:
        """Remove what was found, and yield each with the reason why not, if it is still there."""
        for start in range(0, len(garbage), _CHUNK):
            yield from self._removed(garbage[start : start + _CHUNK])

    def _removed(self, garbage: Sequence[Garbage]) -> Iterator[tuple[Garbage, str]]:
        still = self._still(garbage)
        for one in garbage:
            if one.doomed.key not in still:
                yield one, _NO_MORE
            elif one.kind == "leftovers":
                yield one, self._without_leftovers(one)
        for kind, scope in _SCOPES.items():
            of_kind = {key: one for key, one in still.items() if one.kind == kind}
            removal = Removal(self._pair, scope, "collected", self._pair.by)
            for removed in removal.of([one.doomed for one in of_kind.values()]):
                yield of_kind[removed.job.key], removed.why_not

    def _still(self, garbage: Sequence[Garbage]) -> dict[str, Garbage]:
        """Return by key what is garbage now, as it is now."""
        snapshot = Snapshot(self._pair.store)
        keys = [one.doomed.key for one in garbage]
        newer = [key for one in garbage if (key := self._newer(one.doomed.key, snapshot))]
        there = self._pair.bucket.many_files(list(dict.fromkeys(keys + newer)))
        judged = {key: self._judged(one, there, snapshot) for key, one in zip(keys, garbage, strict=True)}
        return {key: one for key, one in judged.items() if one}

    def _judged(self, one: Garbage, there: Mapping[str, NamedFiles], snapshot: Snapshot) -> Garbage | None:
        key = one.doomed.key
        if one.kind == "replaced result":
            return self._replaced(key, there, snapshot)
        judge = self._leftovers if one.kind == "leftovers" else self._unrecorded
        return judge(key, there[key], snapshot)

    def _unrecorded(self, key: str, files: NamedFiles, snapshot: Snapshot) -> Garbage | None:
        if not (snapshot.is_unrecorded(key) and files and age_of(files, self._now) >= self._ages.unrecorded):
            return None
        session = published_by(key, files, self._pair.bucket)
        if session is None or not snapshot.has_launched(session):
            return None
        why = f"no record names it, and nothing was written there for {age_of(files, self._now).days} days"
        return Garbage("result without record", self._doomed(key, files, snapshot, why), why)

    def _is_foreign(self, key: str, files: NamedFiles, snapshot: Snapshot) -> bool:
        """Return whether a result may be of another store with the same bucket, which may have the same jobs."""
        if snapshot.is_of_another_store(key):
            return True
        session = published_by(key, files, self._pair.bucket) if snapshot.is_unrecorded(key) else None
        return bool(session) and not snapshot.has_launched(session or "")

    def _leftovers(self, key: str, files: NamedFiles, snapshot: Snapshot) -> Garbage | None:
        record = snapshot.records.get(key)
        location = record.location if record else None
        if snapshot.is_busy(key) or not self._pair.bucket.leftovers(key, files, location):
            return None
        folder = Folder(key, files, Known(location=location or ""), self._pair.bucket)
        try:
            left = left_over(folder, self._pair.bucket.manifest(key))
        except Damaged:  # which of the files it names, nobody knows
            return None
        names = dead_files(folder, left, self._as_if)
        size = sum(files[name].size for name in names)
        doomed = Doomed(key, None, record is not None, names, size)
        return Garbage("leftovers", doomed, "of an attempt that died") if names else None

    @property
    def _as_if(self) -> datetime:
        """The time at which what a dead attempt has left is as old as any such thing, if it is to be older now."""
        return self._now - (self._ages.unrecorded - DEAD_AFTER)

    def _without_leftovers(self, one: Garbage) -> str:
        """Return why they are still there, if they are."""
        done = repaired(Damage(one.doomed.key, "leftovers", "", ""), self._pair, self._as_if)
        if done is None:
            return _NO_MORE
        return "" if done.repaired else done.remedy

    def _newer(self, key: str, snapshot: Snapshot) -> str:
        return snapshot.replaced_by(key, self._now, self._ages)

    def _replaced(self, key: str, there: Mapping[str, NamedFiles], snapshot: Snapshot) -> Garbage | None:
        """Judge a result: it must be here, and so must the one that has replaced it."""
        newer, bucket = self._newer(key, snapshot), self._pair.bucket
        if not newer or MANIFEST not in there.get(newer, {}):
            return None
        files = there.get(key, {})
        if not (bucket.holds(key, snapshot.records[key].location) or files):
            return None
        why = f"{newer} has replaced it"
        return Garbage("replaced result", self._doomed(key, files, snapshot, why), why)

    def _doomed(self, key: str, files: NamedFiles, snapshot: Snapshot, why: str) -> Doomed:
        state, recorded = snapshot.states.get(key), key in snapshot.records
        names = self._pair.bucket.belongings(key, files, recorded=recorded)
        what = f"{plural(len(names), 'file')} at {self._pair.bucket.location(key)}"
        size = sum(files[name].size for name in names)
        what = f"{'record, state and ' if recorded else ''}{what}: {why}"
        return Doomed(key, state["revision"] if state else None, recorded, names, size, what)
