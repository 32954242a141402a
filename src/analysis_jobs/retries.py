"""Asking a service: again for a bounded time, and saying what was asked and how long it took.

Imports within functions are for a quick start.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from analysis_jobs.errors import ServiceUnavailable

T = TypeVar("T")
log = logging.getLogger(__name__)

# Seconds after which somebody who waits wants to know for what
_SOON = 3.0


def patience() -> float:
    """Return the seconds for which a service that does not answer is asked again: 60, or `ANALYSIS_RETRY_SECONDS`.

    After that Nextflow tries the whole task again, and after that the next launch does.
    """
    return float(os.environ.get("ANALYSIS_RETRY_SECONDS") or 60)


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
            say("%s does not answer: %s; it is asked again, for %g s in all", service, reason, seconds)
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
