"""Comparing the bucket and the store, both ways, and putting right what can be put right without a loss."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from analysis_jobs.bucket.names import KEY
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.folder import CHECK_PERMISSIONS, LEFT_ALONE, Folder, what
from analysis_jobs.upkeep.half_forgotten import half_forgotten, is_half_forgotten, removed_or_given_back
from analysis_jobs.upkeep.known import Known, is_claim, known_by, opened_keys
from analysis_jobs.upkeep.look import damages, unreadable
from analysis_jobs.upkeep.pair import Pair
from analysis_jobs.upkeep.repair import confirmed, put_right, without_state

# What is not seen by a look at a folder alone, or needs none
_NOT_OF_FOLDERS = ("damaged job state", "damaged record", "half forgotten", "unreadable file")
_OF_NO_KEY = "no job has it: delete the document with this _id there, which no command does"
_BY_HAND = "restore it, or remove it to have the job run again"
_Tell = Callable[[Damage], object]
_OF_STATES = {"damaged job state": without_state, "half forgotten": removed_or_given_back}


def fsck(
    pair: Pair,
    looked: LookedAt,
    *,
    repair: bool = False,
    checksums: bool = True,
    now: datetime | None = None,
    before: _Tell = lambda damage: None,
) -> Iterator[Damage]:
    """Yield what is wrong, as it is found, and is told.

    Parameters
    ----------
    pair
        What to compare.
    looked
        Gets what was looked at, until it has ended.
    repair
        Put right what can be put right, beside running launches: each thing is judged anew at that moment. What goes
        out of use is set aside, and only what an attempt has left that died days ago is removed.
    checksums
        Read every published file to its end, and compare its SHA-256; otherwise its size only.
    now
        The time, if it is not now.
    before
        Is told what is to be repaired, just before that.
    """
    now = now or datetime.now(UTC)
    if repair:
        pair.check_history()
    for damage in _Comparison(pair, looked, checksums, now).damages():
        try:
            yield from _judged(damage, pair, before if repair else None, now)
        except OSError as error:
            yield unreadable(damage.key, error)


def _judged(damage: Damage, pair: Pair, before: _Tell | None, now: datetime) -> Iterator[Damage]:
    """Yield what was found as it is at this moment, or what became of it."""
    if before and damage.repairable:
        before(damage)
        if of_state := _OF_STATES.get(damage.kind):
            yield from filter(None, [of_state(damage, pair)])
        else:
            yield from put_right(damage, pair, now)
    elif damage.harmless or damage.kind in _NOT_OF_FOLDERS:
        yield damage
    else:
        yield from filter(None, [confirmed(damage, pair, now)])


class _Comparison:
    """One walk over a bucket, and over what the store knows of it."""

    def __init__(self, pair: Pair, looked: LookedAt, checksums: bool, now: datetime) -> None:
        self.pair, self.bucket, self.store, self.together = pair, pair.bucket, pair.store, pair.together
        self.looked, self.checksums, self.now = looked, checksums, now
        states = [state for state in self.store.states(brief=True) if state["state"] == "pending"]
        self.half = {state["key"]: state for state in states if is_half_forgotten(state)}
        self.claimed = {state["key"] for state in states if is_claim(state)} - self.half.keys()
        self.opened = opened_keys(self.store)
        self.known = {record["_id"]: self._known_by(record) for record in self.store.search(Wanted())}
        self.seen: set[str] = set()

    def _known_by(self, record: Mapping[str, Any]) -> Known:
        key = record["_id"]
        return known_by(record, claimed=key in self.claimed, opened=key in self.opened)

    def damages(self) -> Iterator[Damage]:
        for state in self.half.values():
            yield half_forgotten(state, self.pair)
        for key, files in self.bucket.folders():
            if isinstance(files, OSError):
                # Of a bucket that cannot be listed nothing more can be said: no key is looked at
                self.seen |= {key} if key else self.known.keys()
                self.looked.records += 0 if key else len(self.known)
                detail = f"{'its folder' if key else 'the bucket'} cannot be listed ({why_not_readable(files)})"
                yield Damage(key, "unreadable file", detail, CHECK_PERMISSIONS)
                continue
            self.seen.add(key)
            yield from self._of_folder(Folder(key, files, self._known(key), self.bucket, self.together))
        yield from self._of_records_without_a_folder()
        damaged = self.store.damaged
        for key, said in damaged.records.items():
            if key not in self.seen:
                self.looked.records += 1
                yield Damage(key, "damaged record", what(said), _BY_HAND if KEY.fullmatch(key) else _OF_NO_KEY)
        for key, said in damaged.states.items():
            is_key = bool(KEY.fullmatch(key))
            remedy = "--repair sets it aside, and the job counts as new, or as its record says" if is_key else _BY_HAND
            yield Damage(key, "damaged job state", what(said), remedy, repairable=is_key)

    def _known(self, key: str) -> Known:
        damaged = self.store.damaged.records.get(key, "")
        unrecorded = Known(damaged=damaged, claimed=key in self.claimed, opened=key in self.opened)
        return self.known.get(key) or unrecorded

    def _of_folder(self, folder: Folder) -> Iterator[Damage]:
        if not folder.key:  # what lies beside the folders
            yield folder.told("not ours", list(folder.files), "beside the folders of keys", LEFT_ALONE)
            return
        known = folder.known
        self.looked.records += known.recorded or bool(known.damaged)
        self.looked.found += bool(folder.at(known.location) if known.recorded else known.damaged and folder.files)
        if not known.recorded and self._is_going(folder.key):  # of which all has been said
            return
        for damage in damages(folder, self.looked, checksums=self.checksums, now=self.now):
            if damage.kind == "renamed folder":  # so the other key has no folder, and this one has none of its own
                self.seen.add(damage.other)
                self.looked.records += self._known(damage.other).recorded
                self.seen.discard(folder.key)
            yield damage

    def _is_going(self, key: str) -> bool:
        """Return whether what is there are the rests of a removal."""
        return key in self.half and self.half[key]["forgotten"]["files"]

    def _of_records_without_a_folder(self) -> Iterator[Damage]:
        seen = {key: known for key, known in self.known.items() if key in self.seen}
        away = Counter(_home(key, known) for key, known in seen.items() if not self.bucket.holds(key, known.location))
        here = len(seen) - away.total()
        for key, known in self.known.items():
            if key in self.seen or not (known.ours or self.bucket.holds(key, known.location)):
                continue
            # Of a bucket that was moved or copied here; not for a few results that happen to lie in two
            home = _home(key, known)
            folder = Folder(key, {}, known, self.bucket, self.together and away[home] > here)
            if self.bucket.holds(key, known.location) or (home in away and not folder.is_elsewhere):
                yield from self._of_folder(folder)
            else:
                self.looked.records += 1
                self.looked.elsewhere[home] += 1


def _home(key: str, known: Known) -> str:
    """Return the bucket that a record's results are in, by its location."""
    return known.location.partition(f"/{key}")[0]
