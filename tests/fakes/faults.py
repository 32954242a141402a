"""What a test lets a server do wrong, and what the server was asked."""

import threading
from dataclasses import dataclass, field
from typing import NamedTuple

# What a service behind the same address may not do as MongoDB does, by what it does instead
LACKS = {
    "conditions": "of a filter only the _id counts",
    "$setOnInsert": "it is ignored",
    "$setOnInsert alone": "it is taken for $set",
    "$setOnInsert at all": "it is refused",
    "$unset": "it is ignored",
    "$unset at all": "it is refused",
    "upsert as text": "only true is true",
    "upsert as False": "every text is true",
    "one _id": "a second document of an _id replaces the first",
    "one _id quietly": "a second document of an _id is refused as if the service had broken",
    "insert_one": "there is no such path",
    "delete_one": "it is refused",
    "delete_one at all": "it is taken, and nothing happens",
}


class Request(NamedTuple):
    """One request that a server got."""

    method: str
    endpoint: str  # "find", ...; "base" is a GET of the collection itself
    collection: str
    body: int  # bytes
    answer: int  # bytes
    status: int | None  # None: the connection was dropped


@dataclass
class _Fault:
    """What becomes of some requests instead of an answer."""

    left: int  # how many requests
    status: int | None = None  # None drops the connection
    endpoint: str | None = None  # None: any
    collection: str | None = None
    executed: bool = False

    def hits(self, endpoint: str, collection: str) -> bool:
        return bool(self.left) and self.endpoint in (None, endpoint) and self.collection in (None, collection)


@dataclass
class _Refusal:
    """Items of bulk writes that are not executed."""

    ids: frozenset[str]
    error: str
    left: int  # how many bulk writes


@dataclass
class Faults:
    """Set by a test, in the middle of a run if it likes.

    Attributes
    ----------
    delay
        Seconds that every answer is late.
    ordered
        Whether a bulk write stops at its first error, as pymongo's do unless told otherwise.
    lacks
        What the service cannot do, of `LACKS`.
    says
        By endpoint the body of each success, instead of what there is to say.
    """

    delay: float = 0
    ordered: bool = True
    lacks: set[str] = field(default_factory=set)
    says: dict[str, bytes] = field(default_factory=dict)
    _faults: list[_Fault] = field(default_factory=list)
    _refusals: list[_Refusal] = field(default_factory=list)
    _now_and_then: tuple[int, tuple[int, ...]] = (0, ())
    _taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, status: int, requests: int = 1, **which: object) -> None:
        """Answer the next requests with this status.

        `which` may have ``endpoint`` and ``collection``, and ``executed=True``: do it, and then say it failed, as a
        gateway that lost patience.
        """
        self._faults.append(_Fault(requests, status, **which))

    def fail_every(self, requests: int, *statuses: int) -> None:
        """Answer one of so many requests with these statuses in turn, until `clear`."""
        self._now_and_then, self._taken = (requests, statuses), 0

    def drop(self, requests: int = 1, **which: object) -> None:
        """Close the connection of the next requests without an answer; `which` as of `fail`."""
        self._faults.append(_Fault(requests, **which))

    def refuse(self, *ids: str, error: str = "refused on request", bulk_writes: int = 1) -> None:
        """Refuse the items with these ``_id`` in the next bulk writes that have any of them."""
        self._refusals.append(_Refusal(frozenset(ids), error, bulk_writes))

    @property
    def pending(self) -> int:
        """How many requests are still to go wrong."""
        return sum(each.left for each in [*self._faults, *self._refusals])

    def clear(self) -> None:
        with self._lock:
            self.delay, self.ordered = 0, True
            self.lacks.clear()
            self.says.clear()
            self._now_and_then = (0, ())
            self._faults.clear()
            self._refusals.clear()

    def take(self, endpoint: str, collection: str) -> _Fault | None:
        """Return what is to become of this request; the server calls it once for each."""
        with self._lock:
            fault = next((each for each in self._faults if each.hits(endpoint, collection)), None)
            if fault:
                fault.left -= 1
            return fault or self._turn()

    def _turn(self) -> _Fault | None:
        every, statuses = self._now_and_then
        self._taken += 1
        turn, rest = divmod(self._taken, every) if every else (0, 1)
        return None if rest else _Fault(1, statuses[turn % len(statuses)])

    def take_refusals(self, ids: set[str]) -> dict[str, str]:
        """Return the errors of those of the ids of a bulk write that are to be refused."""
        refused: dict[str, str] = {}
        with self._lock:
            for refusal in self._refusals:
                if refusal.left and (found := ids & refusal.ids):
                    refusal.left -= 1
                    refused.update(dict.fromkeys(found, refusal.error))
        return refused
