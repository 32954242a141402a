"""What the service behind a collection of DocDB can do of what is asked of it: tried on a document of its own.

The program is not public. Its client inserts one document, reads by aggregation and upserts by ``$set``; that two
launches never run the same job, and that the first record stays, rests on more than that.
"""

import logging
import os
import secrets
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.docdb_client import Collection, Document

log = logging.getLogger(__name__)

# How the `_id` of each document begins that is neither a record nor a job state
OURS = ".analysis-jobs "
_PROBE, _FOUND = f"{OURS}probe", f"{OURS}abilities"
ALLOW = "DOCDB_ALLOW_RACES"
_NO_EXCHANGE = (
    "ignores conditions of updates, so two launches that take over the same job at the same moment, because it failed "
    "before or its claim ran out, may both run it"
)
_NO_INSERT = (
    "accepts a second document with the same _id, so two launches at the same moment may both run a new job, and the "
    "first record of a job may be replaced"
)
Flag = Literal["True", "False"] | bool | None
# How the flag `upsert` is written where it is meant, and where it is not, in the order in which they are tried
_FLAGS: tuple[tuple[Flag, Flag], ...] = (("True", "False"), (True, False), ("True", None))


@dataclass(frozen=True)
class Abilities:
    """What a service can do.

    Attributes
    ----------
    create
        ``$setOnInsert`` with the flag `upsert` writes a document that is not there, and leaves one that is.
    exchange
        An update whose filter has a condition beside the `_id` changes nothing where that does not hold.
    refuse
        A second document of an `_id` is refused.
    unset
        ``$unset`` removes fields.
    upsert, no_upsert
        How the flag is written; None leaves it out.
    """

    create: bool = True
    exchange: bool = True
    refuse: bool = True
    unset: bool = True
    upsert: Flag = "True"
    no_upsert: Flag = "False"

    @property
    def broken(self) -> list[str]:
        """Which promises cannot be kept, in words."""
        return [
            *([] if self.exchange else [_NO_EXCHANGE]),
            *([] if self.create or self.refuse else [_NO_INSERT]),
        ]

    def flag(self, wanted: bool) -> Document:
        """Return the flag `upsert` of an operation."""
        flag = self.upsert if wanted else self.no_upsert
        return {} if flag is None else {"upsert": flag}


ALL = Abilities()


def look(collection: Collection) -> Abilities:
    """Try what a service can do, leave word of it for others if it is not all, and warn of what follows.

    Raises
    ------
    InvalidInput
        If a promise cannot be kept, unless the environment has ``DOCDB_ALLOW_RACES``.
    """
    abilities = _tried(collection)
    for promise in abilities.broken:
        message = f"the document database {collection.place} {promise}"
        if not os.environ.get(ALLOW):
            raise InvalidInput(f"{message}; launch one at a time with {ALLOW}=1, or use another store")
        log.warning("%s: let one launch at a time use it", message)
    _leave_word(collection, abilities)
    return abilities


def recall(collection: Collection) -> Abilities:
    """Return what `look` has found, in whatever process: all, where it has left no word."""
    there = _there(collection, _FOUND)
    names = {field.name for field in fields(Abilities)}
    known = there[0].get("abilities") if there else None
    return Abilities(**{name: known[name] for name in names & known.keys()}) if isinstance(known, dict) else ALL


def _leave_word(collection: Collection, abilities: Abilities) -> None:
    if not _there(collection, _FOUND) and abilities == ALL:
        return
    if abilities == ALL and not collection.delete([_FOUND]):
        return
    word = {"abilities": asdict(abilities)}
    refused = collection.write([(_FOUND, [update(_FOUND, {"$set": word}, abilities.flag(wanted=True))])])
    if refused or not _there(collection, _FOUND):
        collection.insert_one({"_id": _FOUND, **word})


def update(key: str, change: Document, flag: Document, **when: Any) -> Document:
    """Return the operation that changes a document where it is as `when` says."""
    return {"UpdateOne": {"filter": {"_id": key, **when}, "update": change, **flag}}


def _there(collection: Collection, key: str) -> list[Document]:
    return collection.aggregate([{"$match": {"_id": key}}])


def _tried(collection: Collection) -> Abilities:
    """Return what a service can do with the first way to write the flag that does all, else the way that does most."""
    tries: list[tuple[bool, bool, bool, Abilities]] = []
    for upsert, no_upsert in _FLAGS:
        probe = _Probe(collection, upsert, no_upsert)
        abilities = probe.abilities()
        tries.append((abilities.exchange, abilities.create, not probe.was_refused, abilities))
        if all(tries[-1][:3]):
            break
    return max(tries, key=lambda attempt: attempt[:3])[-1]


class _Probe:
    """A document, what a launch does to it, and what came of that."""

    def __init__(self, collection: Collection, upsert: Flag, no_upsert: Flag) -> None:
        """Take the collection, and how the flag is written."""
        self._collection = collection
        self._flags = Abilities(upsert=upsert, no_upsert=no_upsert)
        self._token = secrets.token_hex(8)
        self._field = f"of_{self._token}"  # of this launch alone: another may look at the same moment
        self.was_refused = False  # any of the steps

    def abilities(self) -> Abilities:
        """Return what can be done with these flags.

        Raises
        ------
        InvalidInput
            If nothing can be written.
        """
        # Of this launch alone, as another may look at the same moment; where nothing can be deleted, what is left.
        own, is_left = f"{_PROBE} {self._token}", self._is_left(_PROBE)
        for key in (_PROBE, own) if is_left else (own,):
            abilities = self._seen(self._done(key, is_left=key == _PROBE))
            is_refused = self._is_second_refused(key)
            self._clear(key)
            if abilities and is_refused is not None:
                return replace(abilities, refuse=is_refused)
        raise InvalidInput(
            f"the document database {self._collection.place} accepts what is written, but does not return it; check "
            "DOCDB_DATABASE and DOCDB_COLLECTION, or use another store"
        )

    def _is_left(self, key: str) -> bool:
        """Return whether there is a document that cannot be deleted."""
        if not _there(self._collection, key):
            return False
        return bool(self._collection.delete([key]) or _there(self._collection, key))

    def _done(self, key: str, is_left: bool) -> list[Document]:
        """Take all steps, and return what is there then."""
        steps = self._steps(key, is_left)
        self.was_refused |= bool(self._collection.write([(key, steps)]))
        if self.was_refused:
            self._do_each(key, steps)
        there = _there(self._collection, key)
        if there:
            return there
        self._collection.insert_one({"_id": key, "made": "insert_one", self._field: self._start})
        self._do_each(key, steps[1:])
        return _there(self._collection, key)

    def _is_second_refused(self, key: str) -> bool | None:
        """Return whether a second document of an `_id` changes nothing; None if there is no first any more."""
        self._collection.insert_one({"_id": key, "second": self._token}, patient=False)
        there = _there(self._collection, key)
        return all("second" not in document for document in there) if there else None

    def _do_each(self, key: str, steps: list[Document]) -> None:
        for step in steps:
            self._collection.write([(key, [step])])

    @property
    def _start(self) -> Document:
        return {"seen": "this", "gone": 1}

    def _steps(self, key: str, is_left: bool) -> list[Document]:
        yes, no, name = self._flags.flag(wanted=True), self._flags.flag(wanted=False), self._field
        start = {"$set": {name: self._start}} if is_left else {"$setOnInsert": {"made": self._made, name: self._start}}
        return [
            update(key, start, yes),
            update(key, {"$set": {f"{name}.blind": 1}}, no, **{f"{name}.seen": "another"}),
            update(key, {"$set": {f"{name}.exchanged": 1}}, no, **{f"{name}.seen": "this"}),
            update(key, {"$setOnInsert": {f"{name}.again": 1}}, yes),
            update(key, {"$set": {f"{name}.set": 1}, "$unset": {f"{name}.gone": ""}}, no),
        ]

    @property
    def _made(self) -> str:
        return f"upsert {self._flags.upsert!r}"

    def _seen(self, there: list[Document]) -> Abilities | None:
        """Return what the document says; None where another launch has made or removed it."""
        mine = there[0].get(self._field) if there else None
        if not isinstance(mine, dict) or mine.get("seen") != "this":
            return None
        return replace(
            self._flags,
            create=there[0].get("made") == self._made and "again" not in mine,
            exchange="blind" not in mine and "exchanged" in mine,
            unset="gone" not in mine and "set" in mine,
        )

    def _clear(self, key: str) -> None:
        if not self._collection.delete([key]):
            return
        no = self._flags.flag(wanted=False)
        self._collection.write([(key, [update(key, {"$unset": {self._field: ""}}, no)])])
        if key != _PROBE:  # nothing can be deleted: leave one for all launches to come
            self._done(_PROBE, is_left=False)
            self._collection.write([(_PROBE, [update(_PROBE, {"$unset": {self._field: ""}}, no)])])
