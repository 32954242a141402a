"""Asking a service: so often at a time, again for a bounded time, and saying what was asked and how long it took.

Imports within functions are for a quick start.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

from analysis_jobs.errors import ServiceUnavailable

T = TypeVar("T")
log = logging.getLogger(__name__)

# Seconds after which somebody who waits wants to know for what
_SOON = 3.0
# What somebody else than the environment says of `patience`
_limited: ContextVar[float | None] = ContextVar("limited", default=None)


def patience() -> float:
    """Return the seconds for which a service that does not answer is asked again: 60, or `ANALYSIS_RETRY_SECONDS`.

    After that Nextflow tries the whole task again, and after that the next launch does.
    """
    limited = _limited.get()
    return float(os.environ.get("ANALYSIS_RETRY_SECONDS") or 60) if limited is None else limited


@contextmanager
def patient_for(seconds: float) -> Iterator[None]:
    """Let `patience` be so long for what is done meanwhile, by this thread: for who only wants to know what answers."""
    before = _limited.set(seconds)
    try:
        yield
    finally:
        _limited.reset(before)


def patiently(call: Callable[[], T], transient: Callable[[Exception], str], service: str) -> T:
    """Call a service, again with growing pauses and jitter while it is not available.

    Parameters
    ----------
    call
        What to do; it must not matter if it is done twice.
    transient
        Says of an error why the service is not available, in words; an empty text for an error that stays.
    service
        What messages call the service.

    Raises
    ------
    ServiceUnavailable
        After `patience` seconds.
    """
    seconds, started, told = patience(), time.monotonic(), False

    def again(error: Exception) -> bool:
        nonlocal told
        if reason := transient(error):
            late = not told and time.monotonic() - started > _SOON
            told = told or late
            say = log.warning if late else log.debug
            say("%s does not answer: %s; trying again, for %g s in all", service, reason, seconds)
        return bool(reason)

    try:
        return call()
    except Exception as error:
        if not again(error):
            raise
    from stamina import RetryingCaller

    try:
        return RetryingCaller(attempts=None, timeout=seconds, wait_max=10.0)(again, call)
    except Exception as error:
        if reason := transient(error):
            raise ServiceUnavailable(f"{service} did not answer for {seconds:g} s: {reason}; try again later") from None
        raise


def asking(requests: int = 1) -> AbstractContextManager[int]:
    """Wait until this process may send a request to S3 or DocDB, or so many at a time.

    `ANALYSIS_MAX_REQUESTS` is what it may have on their way together: its share of what the launch may
    (``--max_requests``). Without it there is no limit. A thread that waits must hold no other.

    Parameters
    ----------
    requests
        How many there are to be at a time, such as the parts of a large file.

    Returns
    -------
    context manager
        Of how many there may be, at least one, while it lasts.
    """
    # Of this process: in one that was forked, what its parent has on the way never ends
    most = os.environ.get("ANALYSIS_MAX_REQUESTS") or ""
    return _ceilings.setdefault((os.getpid(), most), _Ceiling(int(most) if most else None)).held(requests)


class _Ceiling:
    """How many requests are on their way at a time, over all threads of a process."""

    def __init__(self, most: int | None) -> None:
        self._most, self._on_their_way = most, 0
        self._changed = threading.Condition()

    @contextmanager
    def held(self, requests: int) -> Iterator[int]:
        if self._most is None:
            yield requests
            return
        count, most = min(requests, self._most), self._most
        with self._changed:
            self._changed.wait_for(lambda: self._on_their_way + count <= most)
            self._on_their_way += count
        try:
            yield count
        finally:
            with self._changed:
                self._on_their_way -= count
                self._changed.notify_all()


_ceilings: dict[tuple[int, str], _Ceiling] = {}


@contextmanager
def timed(say: Callable[..., None], asked: str) -> Iterator[list[str]]:
    """Say what was asked, what came of it and how long that took, also where it failed.

    Parameters
    ----------
    say
        How a logger says it, as `log.debug` does.
    asked
        What was asked of whom; secrets are left out by the log.

    Yields
    ------
    list of str
        What came of it, to be added to.
    """
    came: list[str] = []
    started = time.monotonic()
    try:
        yield came
    except BaseException as error:
        came.append(type(error).__name__)
        raise
    finally:
        say("%s, %.3f s", ": ".join([asked, *came]), time.monotonic() - started)
