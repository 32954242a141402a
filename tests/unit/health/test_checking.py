"""Checks side by side: in their order, none for ever, and whatever one raises is a line."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.health.checking import PATIENCE, Check, run_checks
from analysis_jobs.health.diagnosis import Said, broken, fine
from analysis_jobs.retries import patience


def said(*checks: Check) -> list[tuple[str, str, str]]:
    return [(line.check, line.level, line.message) for line in run_checks(checks)]


def raising(error: BaseException) -> Check:
    def look() -> Iterator[Said]:
        yield fine("before")
        raise error

    return Check("this", look)


def test_they_run_at_the_same_time_and_are_told_in_their_order() -> None:
    second = threading.Event()

    def first() -> Iterator[Said]:
        assert second.wait(30)
        yield fine("one")

    def other() -> Iterator[Said]:
        second.set()
        yield fine("two")

    assert said(Check("a", first, 30), Check("b", other, 30)) == [("a", "ok", "one"), ("b", "ok", "two")]


def test_one_that_hangs_is_left_and_the_others_are_told() -> None:
    end = threading.Event()

    def hangs() -> Iterator[Said]:
        yield fine("this is known")
        end.wait(60)

    started = time.monotonic()
    try:
        lines = said(Check("slow", hangs, 0.2, silent=broken), Check("quick", lambda: [fine("well")]))
    finally:
        end.set()
    assert time.monotonic() - started < 10
    assert lines[-1] == ("quick", "ok", "well")
    assert [line[:2] for line in lines] == [("slow", "wrong"), ("quick", "ok")] or lines[0] == (
        "slow",
        "ok",
        "this is known",
    )
    assert any(text.startswith("this was not known after 0.2 s; see whether") for _, _, text in lines)


@pytest.mark.parametrize(
    ("error", "level", "message"),
    [
        (InvalidInput("the store is none; give another"), "wrong", "the store is none; give another"),
        (ServiceUnavailable("it did not answer; try again"), "wrong", "it did not answer; try again"),
        (ValueError("oh\nno"), "warning", "this could not be looked at (ValueError: oh no); report it"),
        (SystemExit(3), "warning", "this could not be looked at (SystemExit: 3); report it"),
        (RecursionError(), "warning", "this could not be looked at (RecursionError: ); report it"),
    ],
)
def test_what_is_raised_is_a_line(error: BaseException, level: str, message: str) -> None:
    before, after = said(raising(error))
    assert before == ("this", "ok", "before")
    assert after[:2] == ("this", level)
    assert after[2].startswith(message)


def test_what_is_warned_of_is_a_line_of_its_own_check_and_nothing_else_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = logging.getLogger("analysis_jobs.somewhere")

    def warns() -> Iterator[Said]:
        log.warning("two runs at once may spoil %s: let one run at a time", "this")
        logging.getLogger("analysis_jobs.retries").warning("it is asked again")
        yield fine("done")

    lines = said(Check("a", warns), Check("b", lambda: [fine("well")]))
    assert lines == [
        ("a", "ok", "done"),
        ("a", "warning", "two runs at once may spoil this: let one run at a time"),
        ("b", "ok", "well"),
    ]
    assert capfd.readouterr() == ("", "")


def test_secrets_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TOKEN", "a-secret-of-the-lab")
    (line,) = said(Check("a", lambda: [broken("it refused a-secret-of-the-lab and https://me:hidden@host/")]))
    assert line[2] == "it refused *** and https://***@host/"


def test_services_are_asked_for_a_short_time_and_only_here() -> None:
    assert said(Check("a", lambda: [fine(str(patience()))])) == [("a", "ok", str(PATIENCE))]
    assert patience() == 60


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    ((check, level, text),) = said(Check("a", lambda: [fine("well")]))
    assert (check, level) == ("a", "wrong")
    assert "ulimit -u" in text


def test_a_process_ends_though_a_check_hangs() -> None:
    from support.samples import run_python

    code = """
import time
from analysis_jobs.health.checking import Check, run_checks
print([line.level for line in run_checks([Check("a", lambda: time.sleep(600), 0.1)])])
"""
    started = time.monotonic()
    assert run_python(code) == "['warning']\n"
    assert time.monotonic() - started < 60
