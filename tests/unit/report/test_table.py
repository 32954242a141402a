"""The rows of the report, and what is bounded where there are many."""

from typing import Any

from support.reports import ABOUT, failure, job, values

from analysis_jobs.report.account import Row
from analysis_jobs.report.failures import failure_groups
from analysis_jobs.report.links import Links
from analysis_jobs.report.row_labels import with_labels
from analysis_jobs.report.table import LIMITS, MOST_CHARACTERS, table_of
from analysis_jobs.report.try_command import TryCommand


def table(*rows: Row) -> dict[str, Any]:
    named = with_labels(rows)
    return table_of(named, failure_groups(named), Links("/out"), TryCommand(ABOUT, named))


def test_the_table_has_what_a_row_shows() -> None:
    found = table(job(1), job(2, decision="done"), failure(3, "oh", traceback="why"))
    assert values(found, "inputs") == "s3://recordings/1"
    # What differs from job to job comes first
    assert values(found, "parameters") == 'cutoff: 1\nanalysis_name: "unit quality"'
    assert values(found, "outputs") == "rate: 1"
    assert values(found, "link") == f"./analyses/{job(1)['key']}/"
    assert [values(found, "before", row) for row in range(3)] == [False, True, False]
    assert [values(found, "group", row) for row in range(3)] == [None, None, 0]
    assert values(found, "traceback", 2) == "why"
    assert not found["shortened"]


def test_what_is_the_same_is_in_the_table_once() -> None:
    found = table(*(job(n, label="in", reason="r" * 500, outputs=None, inputs=["in"]) for n in range(100)))
    assert len(found["texts"]) == 5  # nothing, the recording and its location, the reason, two sets


def test_a_large_table_has_shorter_texts() -> None:
    found = table(*(job(n, reason=f"{n:09}" * 200) for n in range(8_000)))
    assert found["shortened"]
    assert sum(map(len, found["texts"])) < MOST_CHARACTERS
    assert len(values(found, "reason")) in LIMITS
    assert values(found, "reason").endswith("…")


def test_logs_are_bounded() -> None:
    rows = [failure(n, "oh", traceback=f"{n:03}" + "x" * 20_000, log_tail="the same") for n in range(300)]
    found = table(*rows)
    kept = [values(found, "traceback", row) for row in range(300)]
    assert all(kept[:90])
    assert not any(kept[110:])
