"""Trying a service again, for a bounded time."""

import os
from collections.abc import Callable
from typing import TypeVar

from analysis_jobs.errors import ServiceUnavailable

T = TypeVar("T")


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
    from stamina import RetryingCaller

    seconds = patience()
    try:
        return RetryingCaller(attempts=None, timeout=seconds, wait_max=10.0)(lambda error: bool(transient(error)), call)
    except Exception as error:
        if reason := transient(error):
            raise ServiceUnavailable(f"{service} did not answer for {seconds:g} s: {reason}; try again later") from None
        raise
