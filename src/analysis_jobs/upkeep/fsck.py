"""Comparing the bucket and the store, both ways, and putting right what can be put right without a loss."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from analysis_jobs.records.wanted import Wanted
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.known import Known, is_claim, known_by
from analysis_jobs.upkeep.look import CHECK_PERMISSIONS, KEY, LEFT_ALONE, Folder, damages, what
from analysis_jobs.upkeep.repair import Pair, confirmed, put_right, without_state

# What is not seen by a look at a folder alone, or needs none
_NOT_OF_FOLDERS = ("damaged job state", "damaged record", "unreadable file")
_BY_HAND = "restore it, or remove it to have the job run again"


def fsck(
    pair: Pair,
    looked: LookedAt,
    *,
    repair: bool = False,
    checksums: bool = True,
    now: datetime | None = None,
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
    """
    now = now or datetime.now(UTC)
    for damage in _Comparison(pair, looked, checksums, now).damages():
        if repair and damage.repairable:
            is_state = damage.kind == "damaged job state"
            yield from filter(None, [without_state(damage, pair)]) if is_state else put_right(damage, pair, now)
        elif damage.harmless or damage.kind in _NOT_OF_FOLDERS:
            yield damage
        else:
            yield from filter(None, [confirmed(damage, pair, now)])


class _Comparison:
    """One walk over a bucket, and over what the store knows of it."""

    def __init__(self, pair: Pair, looked: LookedAt, checksums: bool, now: datetime) -> None:
        self.bucket, self.store, self.together = pair.bucket, pair.store, pair.together
        self.looked, self.checksums, self.now = looked, checksums, now
        self.claimed = {state["key"] for state in self.store.states(brief=True) if is_claim(state)}
        self.known = {
            record["_id"]: known_by(record, claimed=record["_id"] in self.claimed)
            for record in self.store.search(Wanted())
        }
        self.seen: set[str] = set()

    def damages(self) -> Iterator[Damage]:
        for key, files in self.bucket.folders():
            self.seen.add(key)
            if isinstance(files, OSError):
                detail = f"its folder cannot be listed ({files.strerror})"
                yield Damage(key, "unreadable file", detail, CHECK_PERMISSIONS)
                continue
            yield from self._of_folder(Folder(key, files, self._known(key), self.bucket, self.together))
        yield from self._of_records_without_a_folder()
        damaged = self.store.damaged
        for key, said in damaged.records.items():
            if key not in self.seen:
                self.looked.records += 1
                yield Damage(key, "damaged record", what(said), _BY_HAND)
        for key, said in damaged.states.items():
            is_key = bool(KEY.fullmatch(key))
            remedy = "--repair sets it aside, and the job counts as new, or as its record says" if is_key else _BY_HAND
            yield Damage(key, "damaged job state", what(said), remedy, repairable=is_key)

    def _known(self, key: str) -> Known:
        damaged = self.store.damaged.records.get(key, "")
        return self.known.get(key) or Known(damaged=damaged, claimed=key in self.claimed)

    def _of_folder(self, folder: Folder) -> Iterator[Damage]:
        if not folder.key:  # what lies beside the folders
            yield folder.told("not ours", list(folder.files), "beside the folders of keys", LEFT_ALONE)
            return
        known = folder.known
        self.looked.records += known.recorded or bool(known.damaged)
        self.looked.found += bool(folder.at(known.location) if known.recorded else known.damaged and folder.files)
        for damage in damages(folder, self.looked, checksums=self.checksums, now=self.now):
            if damage.kind == "renamed folder":  # so the other key has no folder, and this one has none of its own
                self.seen.add(damage.other)
                self.looked.records += self._known(damage.other).recorded
                self.seen.discard(folder.key)
            yield damage

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
