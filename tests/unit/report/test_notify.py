"""The message at the end of a launch, and to whom it goes."""

import builtins
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from support.inbox import Inbox
from support.inbox import inbox as serve_inbox
from support.reports import decision
from support.samples import RUN, outcome

from analysis_jobs.report.account import closing_line, final_rows
from analysis_jobs.report.notify import ADDRESSES, message, notify
from analysis_jobs.report.run import Run

REPORT = "/results/report.html"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with serve_inbox() as found:
        monkeypatch.setenv(ADDRESSES, found.address)
        yield found


def run_of(*failed: str, done: int = 1, price: float | None = None) -> Run:
    decisions = [decision("run", f"{number}.json", f"{number}") for number in range(done + len(failed))]
    outcomes = {f"{number}": outcome(f"{number}") for number in range(done)}
    for number, text in enumerate(failed, start=done):
        error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": text}
        outcomes[f"{number}"] = outcome(f"{number}", "failed", error=error)
        decisions[number]["label"] = f"session_{number} · cutoff=0.5"
    rows = final_rows(decisions, outcomes, dry_run=False)
    about = {**RUN, "price_per_hour": price}
    return Run(rows, closing_line(rows, dry_run=False), about, Counter(), datetime(2026, 1, 2, tzinfo=UTC))


def test_a_message_has_the_counts_and_where_the_report_is() -> None:
    assert message(run_of(price=3.6), REPORT) == (
        "firing_rates: no failures",
        "1 job: 1 done\nlaunch happy_turing by A Scientist (10 s of computing, cost 0.01)\nreport: "
        "/results/report.html",
    )


def test_failures_are_told_by_their_cause_and_a_job() -> None:
    title, text = message(run_of("no units", "no units", "no spikes"), REPORT)
    assert title == "firing_rates: 3 jobs without a result"
    assert text.splitlines()[:3] == [
        "4 jobs: 1 done, 3 failed",
        "- session_1 · cutoff=0.5 (and 1 job more): ValueError: no units",
        "- session_3 · cutoff=0.5: ValueError: no spikes",
    ]


def test_of_many_causes_the_first_are_told() -> None:
    lines = message(run_of(*(f"{letter}{letter}" for letter in "abcdefg")), REPORT)[1].splitlines()
    assert len([line for line in lines if "session_" in line]) == 5
    assert "- and 2 more causes" in lines


def test_no_secret_and_no_control_character_is_in_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "planted-word")
    text = message(run_of("planted-word \x1b[31m"), REPORT)[1]
    assert "planted" not in text
    assert "\x1b" not in text


def test_it_is_sent(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    notify(run_of("no units"), REPORT, "always")
    (got,) = inbox.messages
    assert (got["title"], got["message"]) == message(run_of("no units"), REPORT)
    assert caplog.messages == []


def test_only_with_failures(inbox: Inbox) -> None:
    notify(run_of(), REPORT, "failures")
    assert inbox.messages == []
    notify(run_of("no units"), REPORT, "failures")
    assert len(inbox.messages) == 1


def test_several_addresses_each_get_it(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESSES, f"{inbox.address}, {inbox.address}/2")
    notify(run_of(), REPORT, "always")
    assert len(inbox.messages) == 2


def warned(caplog: pytest.LogCaptureFixture) -> str:
    (message,) = [record.getMessage() for record in caplog.records if record.name != "apprise"]
    assert message.startswith("no message about the end of this launch was sent: ")
    return message.removeprefix("no message about the end of this launch was sent: ")


def test_one_that_does_not_take_it_is_named_without_its_address(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    inbox.status = 500
    notify(run_of(), REPORT, "always")
    assert warned(caplog).startswith("JSON did not accept it; see what is wrong with `apprise -v")
    caplog.clear()
    monkeypatch.setenv(ADDRESSES, "json://127.0.0.1:1/planted-path")
    notify(run_of(), REPORT, "always")
    assert warned(caplog).startswith("JSON did not accept it")
    assert "planted" not in caplog.text + "".join(capfd.readouterr())


def test_an_address_that_is_none(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ADDRESSES, f"nobody://planted-token/x {inbox.address}")
    notify(run_of(), REPORT, "always")
    assert len(inbox.messages) == 1, "the other gets it nevertheless"
    assert warned(caplog).startswith("ANALYSIS_NOTIFY has an address that Apprise does not know")
    assert "planted" not in caplog.text + "".join(capfd.readouterr())


def test_what_a_service_raises_is_a_warning(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise RuntimeError("planted")

    monkeypatch.setattr("apprise.Apprise.notify", broken)
    notify(run_of(), REPORT, "always")
    assert warned(caplog).startswith("JSON did not accept it")


def test_where_the_variable_is_not(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv(ADDRESSES, raising=False)
    notify(run_of(), REPORT, "always")
    assert warned(caplog).startswith("ANALYSIS_NOTIFY is set where this was launched, and not where SUMMARIZE runs")


def test_without_the_extra(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    importing = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name == "apprise":
            raise ImportError
        return importing(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with caplog.at_level(logging.WARNING):
        notify(run_of(), REPORT, "always")
    assert warned(caplog) == "apprise is not installed; run `pip install 'aind-analysis-jobs[notify]'`"
