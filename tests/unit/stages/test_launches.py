"""What the store remembers of a launch, as DEDUPE begins it and SUMMARIZE ends it."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.reports import decision
from support.samples import RUN, Connect, outcome

from analysis_jobs.documents import LaunchRecord
from analysis_jobs.report.account import closing_line, final_rows
from analysis_jobs.report.run import Run
from analysis_jobs.stages.launches import Beginning, LaunchEnd, remember_beginning, remember_end
from analysis_jobs.store.protocol import Store

ASKED = {"started": "2026-01-02T04:00:00.123456789+01:00", "jobs": "/data/jobs", "parameters": None, "set": []}
ABOUT = {
    **RUN, "launch": ASKED, "profile": "slurm", "command_line": "nextflow run main.nf", "identity": "sha256:c0de",
    "code": {"commit": "0a1b"}, "price_per_hour": 0.36,
}  # fmt: skip
BEGINNING = Beginning("rates", "a-host", 48, {"run": 2, "done": 1})


def run_of(about: dict[str, Any] = ABOUT) -> Run:
    decisions = [decision("run", "a.json", "0"), decision("run", "b.json", "1"), decision("invalid", "c.json")]
    outcomes = {"0": outcome("0"), "1": outcome("1", "failed")}
    rows = final_rows(decisions, outcomes, dry_run=False)
    return Run(rows, closing_line(rows, dry_run=False), about, Counter(), datetime(2026, 1, 2, 4, tzinfo=UTC))


@pytest.fixture
def store(connect: Connect) -> Store:
    return connect()


@pytest.fixture
def url(place: list[str]) -> str:
    return place[1]


def only(store: Store) -> LaunchRecord:
    (launch,) = store.launches()
    return launch


def test_a_launch_that_has_begun(store: Store) -> None:
    remember_beginning(ABOUT, BEGINNING, store)
    launch = only(store)
    expires = datetime.fromisoformat(launch.pop("expires")) - datetime.now(UTC)
    assert timedelta(hours=47.9) < expires <= timedelta(hours=48)
    assert launch == {
        "_id": "this-run", "session": "this-run", "state": "running", "run_name": "happy_turing", "analysis": "rates",
        "user": "A Scientist", "host": "a-host", "profile": "slurm", "process": None,
        "started": "2026-01-02T03:00:00.123456+00:00", "command_line": "nextflow run main.nf", "jobs": "/data/jobs",
        "nextflow": "24.10.0", "pipeline": RUN["pipeline"], "code": "sha256:c0de", "commit": "0a1b",
        "decided": {"run": 2, "done": 1}, "earlier": [],
    }  # fmt: skip


def test_a_launch_that_has_ended(store: Store, url: str) -> None:
    remember_beginning(ABOUT, BEGINNING, store)
    begun = only(store)
    remember_end(run_of(), "/results/report.html", url, None)
    assert only(store) == {
        **begun, "state": "ended", "ended": "2026-01-02T04:00:00+00:00",
        "counts": {"done": 1, "failed": 1, "invalid": 1}, "seconds": 20.0, "cost": 0.002,
        "report": "/results/report.html",
        "measured": {
            "jobs": 1, "seconds": [10.0], "cpu_seconds": [5.0], "peak_memory_bytes": [160_000_000], "input_bytes": [0],
        },
    }  # fmt: skip


def test_a_launch_that_has_nothing_to_run_ends_as_it_begins(store: Store) -> None:
    when = datetime(2026, 1, 2, 4, tzinfo=UTC)
    remember_beginning(ABOUT, BEGINNING, store)
    begun = only(store)
    ending = LaunchEnd({"done": 2, "invalid": 1}, "/results/report.html", when, cost=0.0)
    remember_beginning(ABOUT, replace(BEGINNING, ending=ending), store)
    assert only(store) == {
        **begun, "state": "ended", "ended": "2026-01-02T04:00:00+00:00", "expires": only(store)["expires"],
        "counts": {"done": 2, "invalid": 1}, "seconds": 0.0, "cost": 0.0, "report": "/results/report.html",
    }  # fmt: skip


def test_the_end_of_a_launch_that_had_nothing_to_run_is_not_written_again(caplog: pytest.LogCaptureFixture) -> None:
    rows = final_rows([decision("done", "a.json", "0"), decision("invalid", "b.json")], {}, dry_run=False)
    run = Run(rows, "", ABOUT, Counter(), datetime.now(UTC))
    remember_end(run, "/results/report.html", "postgresql://nobody.invalid/records", None)
    assert caplog.messages == [], "the store was asked"


def test_without_a_price_there_is_no_cost(store: Store, url: str) -> None:
    about = {**ABOUT, "price_per_hour": None}
    remember_beginning(about, BEGINNING, store)
    remember_end(run_of(about), "/results/report.html", url, None)
    assert "cost" not in only(store)


def test_what_nobody_says_is_not_known(store: Store) -> None:
    remember_beginning(RUN, Beginning("", "a-host", 1, {}), store)
    launch = only(store)
    assert (launch["analysis"], launch["jobs"], launch["profile"]) == ("firing_rates", "", "")
    assert datetime.now(UTC) - datetime.fromisoformat(launch["started"]) < timedelta(minutes=1)


def test_a_session_that_is_taken_up_again_is_one_launch(store: Store, url: str) -> None:
    for name in ("died_first", "ended_second", "ended_second", "third"):  # the second had a DEDUPE that was tried again
        about = {**ABOUT, "run_name": name, "resumed": name != "died_first"}
        remember_beginning(about, BEGINNING, store)
        if name == "ended_second":
            remember_end(run_of(about), "/results/report.html", url, None)
    launch, started = only(store), "2026-01-02T03:00:00.123456+00:00"
    assert (launch["run_name"], launch["state"]) == ("third", "running")
    assert "ended" not in launch
    assert "report" not in launch
    assert launch["measured"]["jobs"] == 1  # of the second
    assert launch["earlier"] == [
        {"run_name": "died_first", "started": started},
        {
            "run_name": "ended_second",
            "started": started,
            "ended": "2026-01-02T04:00:00+00:00",
            "counts": {"done": 1, "failed": 1, "invalid": 1},
        },
    ]


def test_a_late_end_does_not_end_the_run_that_went_on(store: Store, url: str) -> None:
    remember_beginning(ABOUT, BEGINNING, store)
    remember_beginning({**ABOUT, "run_name": "another"}, BEGINNING, store)
    before = only(store)
    remember_end(run_of(), "/results/report.html", url, None)
    assert only(store) == before


def test_what_has_no_beginning_has_no_end(store: Store, url: str, caplog: pytest.LogCaptureFixture) -> None:
    remember_end(run_of(), "/results/report.html", url, None)
    assert list(store.launches()) == []
    assert caplog.messages == [], "DEDUPE has said why"


def test_no_secret_is_remembered(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "planted-word")
    remember_beginning({**ABOUT, "experimenter": "planted-word"}, Beginning("a planted-word", "h", 1, {}), store)
    remember_end(run_of(), "https://bob:planted-login@host/report.html", url, None)
    assert "planted" not in str(only(store))


@pytest.mark.slow
def test_where_it_may_not_be_written_one_warning_says_so(
    docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from analysis_jobs.store.opening import open_store

    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    docdb.faults.fail(403, 100, collection="results_launches", endpoint="bulk_write")
    with caplog.at_level(logging.WARNING):
        remember_beginning(ABOUT, BEGINNING, open_store("docdb"))
        remember_end(run_of(), "/results/report.html", "docdb", None)
    (message,) = caplog.messages
    assert message.startswith(
        f"the store could not remember this launch: the document database analysis/results_launches at {docdb.host}"
    )
    docdb.clear()


@pytest.mark.slow
def test_an_outage_is_a_warning(
    docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from analysis_jobs.store.opening import open_store

    docdb.empty()
    settings = {"DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": "0.1"}
    for name, value in {**docdb.environment, **settings}.items():
        monkeypatch.setenv(name, value)
    remember_beginning(ABOUT, BEGINNING, open_store("docdb"))
    docdb.faults.fail(503, 1_000, collection="results_launches")
    with caplog.at_level(logging.WARNING):
        remember_end(run_of(), "/results/report.html", "docdb", None)
        remember_beginning(ABOUT, BEGINNING, open_store("docdb"))
    told = [message for message in caplog.messages if "could not remember" in message]
    assert [message.partition(":")[0] for message in told] == [
        "the store could not remember how this launch ended",
        "the store could not remember this launch",
    ]
    docdb.clear()
