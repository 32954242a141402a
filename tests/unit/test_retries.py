"""Asking a service: so often at a time, for a bounded time, and only where that may help."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.retries import asking, patience, patient_for, patiently


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


def test_more_than_may_be_on_their_way_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", "2")
    inside, go_on, third = Barrier(3), Event(), Event()

    def first() -> None:
        with asking():
            inside.wait(10)
            go_on.wait(10)

    def another() -> None:
        with asking():
            third.set()

    with ThreadPoolExecutor(3) as threads:
        some = [threads.submit(first) for _ in range(2)]
        inside.wait(10)
        last = threads.submit(another)
        assert not third.wait(0.2)
        go_on.set()
        assert third.wait(10)
        for each in [*some, last]:
            each.result(10)


@pytest.mark.parametrize(("most", "parts"), [("4", 4), ("10", 6), ("", 6)])
def test_a_request_in_parts_has_no_more_of_them(monkeypatch: pytest.MonkeyPatch, most: str, parts: int) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", most)
    with asking(6) as at_once:
        assert at_once == parts


def test_a_request_that_fails_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", "1")
    for _ in range(2):
        with pytest.raises(ConnectionError), asking():
            raise ConnectionError


def test_a_fork_does_not_wait_for_requests_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", "1")
    parent = os.getpid()
    with asking():
        monkeypatch.setattr(os, "getpid", lambda: parent + 1)
        with asking():
            pass


def test_somebody_is_less_patient_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "30")
    with patient_for(0.1):
        assert patience() == 0.1
        with ThreadPoolExecutor(1) as other:
            assert other.submit(patience).result() == 30
        with pytest.raises(ServiceUnavailable, match=r"did not answer for 0\.1 s"):
            patiently(Service(ConnectionError(), 1_000), busy, "the service")
    assert patience() == 30
