"""The store behind the pages: all jobs in memory, read again once the store was written, and whole documents."""

import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any, TypeVar

from analysis_jobs.browse.index import Index
from analysis_jobs.browse.lines import Documents
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.results.listing import documents_of
from analysis_jobs.store.protocol import Store

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)

# To read all jobs again takes at most a tenth of the time; less where a store does not say whether it has changed.
PAUSE = 10.0
LONGEST_UNSEEN = 120.0  # seconds
_CHUNK = 200  # whole records asked for at once


@dataclass(frozen=True)
class Reading:
    """All jobs, read once: with the version that the store had before, and the seconds that it took."""

    index: Index
    version: str
    seconds: float


class Catalog:
    """What the pages ask. A store is used by the thread that opened it alone, as SQLite wants it."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        """Open the store, and begin to read all jobs.

        Raises
        ------
        InvalidInput, ServiceUnavailable
            If the store cannot be opened.
        """
        self._open = open_store
        self._thread = ThreadPoolExecutor(1, "store")
        self._store = self._thread.submit(open_store).result()
        self._renewing = Lock()
        self._looked = time.monotonic()
        self.reading = Future[Reading]()
        Thread(target=self._begin, daemon=True).start()  # no executor: its threads would keep Ctrl-C waiting

    @property
    def index(self) -> Index:
        """All jobs as they were when they were read last. If the store changed since, they are being read again.

        Raises
        ------
        InvalidInput, ServiceUnavailable
            If they could not be read at all.
        """
        reading = self.reading.result()
        pause = max(1.0, PAUSE * reading.seconds)
        if time.monotonic() - self._looked > pause and self._renewing.acquire(blocking=False):
            Thread(target=self._renew, args=[reading], daemon=True).start()
        return reading.index

    def close(self) -> None:
        """End the thread that has the store, which ends with it."""
        self._thread.shutdown()

    def ask(self, question: Callable[[Store], Answer]) -> Answer:
        """Return what a question to the store is answered with."""
        return self._thread.submit(lambda: question(self._store)).result()

    def documents(self, key: str) -> tuple[dict[str, Any] | None, JobState | None]:
        """Return the record and the state of a job; see `analysis_jobs.results.listing.documents_of`."""
        return self.ask(lambda store: documents_of(key, store))

    def state(self, key: str) -> Mapping[str, Any]:
        """Return the whole state of a job; an empty one where there is none."""
        return self._states([key]).get(key) or {}

    def records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the whole record of each of the keys that has one."""
        return {key: record for part in _parts(keys) for key, record in self._records(part).items()}

    def _records(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        return self.ask(lambda store: store.records(keys))

    def whole(self, keys: Sequence[str]) -> Documents:
        """Return the whole records and the states of some keys, as far as there are any."""
        states = {key: state for part in _parts(keys) for key, state in self._states(part).items()}
        return self.records(keys), states

    def _states(self, keys: Sequence[str]) -> dict[str, JobState]:
        return self.ask(lambda store: store.job_states(keys, whole=True))

    def _begin(self) -> None:
        try:
            reading = self._read()
        except BaseException as error:
            self.reading.set_exception(error)
        else:
            self._looked = time.monotonic()
            self.reading.set_result(reading)

    def _read(self) -> Reading:
        started = time.monotonic()
        store = self._open()
        version = store.version()
        with _without_collections():
            briefs = list(store.briefs())
            index = Index(briefs, [*store.damaged.records.values(), *store.damaged.states.values()])
            _ = index.newest_first, index.outputs, index.recordings, index.column("subject")  # for every page of jobs
        return Reading(index, version, time.monotonic() - started)

    def _renew(self, before: Reading) -> None:
        """Read all jobs again if the store has changed, or may have."""
        try:
            version = self.ask(lambda store: store.version())
            unseen = (time.monotonic() - self._looked) > LONGEST_UNSEEN
            if version != before.version or (not version and unseen):
                reading = Future[Reading]()
                reading.set_result(self._read())
                self.reading = reading
                self._store = self._thread.submit(self._open).result()  # it may be a copy
            if version or unseen:
                self._looked = time.monotonic()
        except (InvalidInput, ServiceUnavailable) as error:
            log.warning("the jobs could not be read again: %s", error)
            self._looked = time.monotonic()
        finally:
            self._renewing.release()


def _parts(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]


@contextmanager
def _without_collections() -> Iterator[None]:
    """Let Python not look for garbage while millions of values are made that stay, which takes a third of the time.

    Nor among these afterwards: an index goes without that when nobody has it, as nothing in it leads round to itself.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
