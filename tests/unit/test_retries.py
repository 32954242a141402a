"""Asking a service again: for a bounded time, and only where that may help."""

import pytest

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.retries import patience, patiently


class Service:
    """Fails some times with an error, then answers."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.asked = error, times, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise self.error
        return "an answer"


def busy(error: Exception) -> str:
    return "it is busy" if isinstance(error, ConnectionError) else ""


def test_what_passes_is_sat_out() -> None:
    service = Service(ConnectionError(), 2)
    assert patiently(service, busy, "the service") == "an answer"
    assert service.asked == 3


def test_what_lasts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    with pytest.raises(
        ServiceUnavailable, match=r"^the service did not answer for 0\.2 s: it is busy; try again later$"
    ):
        patiently(Service(ConnectionError(), 1_000), busy, "the service")


def test_an_error_that_stays_is_raised_at_once() -> None:
    service = Service(KeyError("x"), 1_000)
    with pytest.raises(KeyError):
        patiently(service, busy, "the service")
    assert service.asked == 1


@pytest.mark.parametrize(("value", "seconds"), [("2.5", 2.5), ("", 60), (None, 60)])
def test_patience(monkeypatch: pytest.MonkeyPatch, value: str | None, seconds: float) -> None:
    monkeypatch.delenv("ANALYSIS_RETRY_SECONDS", raising=False)
    if value is not None:
        monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", value)
    assert patience() == seconds
