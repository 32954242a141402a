"""What was asked for against what was used, and what is said of it when a launch ends."""

from typing import Any

import pytest
from support.reports import ABOUT, failure, job, run_of

from analysis_jobs.report.account import Row
from analysis_jobs.report.asked import advice, limit_text, usages

GB = 2**30


def used(number: int, memory: float = 0.0, seconds: float = 1.0, cpu_seconds: float = 0.0, **asked: Any) -> Row:
    measured = {"peak_memory_bytes": int(memory * GB), "seconds": seconds, "cpu_seconds": cpu_seconds}
    return job(number, **measured, asked=asked)


def said(*rows: Row, learnt: list[str] | None = None) -> list[str]:
    return list(advice(run_of(*rows, about={**ABOUT, "learnt": learnt or []})))


def test_memory_that_was_never_used() -> None:
    rows = [used(1, 3.1, memory_bytes=16 * GB), used(2, 1, memory_bytes=16 * GB)]
    assert said(*rows) == ["asked 16 GB, used at most 3.1 GB: --analysis_memory '4 GB'"]
    assert said(*rows, learnt=["memory_bytes"]) == []


@pytest.mark.parametrize(("asked", "memory"), [(2, 0.1), (1, 0.1), (16, 8), (16, 9), (2.5, 1.25)])
def test_of_the_default_and_of_what_was_used_nothing_is_said(asked: float, memory: float) -> None:
    assert said(used(1, memory, memory_bytes=int(asked * GB))) == []


def test_a_job_that_was_tried_again_with_more_says_what_the_others_had() -> None:
    assert said(used(1, 5, memory_bytes=6 * GB), used(2, 1, memory_bytes=3 * GB)) == []


def test_processors_that_had_nothing_to_do() -> None:
    assert said(used(1, seconds=100, cpu_seconds=120, processors=8)) == [
        "asked 8 processors, used at most 1.2 processors: --analysis_cpus 2"
    ]
    assert said(used(1, seconds=100, cpu_seconds=200, processors=4)) == []
    assert said(used(1, seconds=100, cpu_seconds=10, processors=1)) == []
    assert said(used(1, seconds=5, cpu_seconds=1, processors=8)) == []  # it has hardly begun


def test_time_that_is_far_off() -> None:
    rows = [job(1, seconds=301.0, asked={"seconds": 86400.0})]
    assert said(*rows) == ["asked 24 h, used at most 5 min 01 s: --analysis_time '11 min'"]
    assert said(job(1, seconds=301.0, asked={"seconds": 3600.0})) == []


def test_all_of_it_is_one_line() -> None:
    (line,) = said(used(1, 1, seconds=100, cpu_seconds=10, memory_bytes=16 * GB, processors=4))
    assert line == (
        "asked 16 GB, used at most 1 GB: --analysis_memory '1.5 GB'; "
        "asked 4 processors, used at most 0.1 processors: --analysis_cpus 1"
    )


def test_jobs_that_failed_or_were_done_before_tell_nothing() -> None:
    failing = {**failure(1, "oh"), "asked": {"memory_bytes": 16 * GB}}
    before = job(2, decision="done")
    assert said(failing, before, job(3)) == []
    assert usages([failing, before]) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(600, "10 min"), (5400, "90 min"), (7200, "2 h"), (59.5, "59.5 s"), (61, "1 min 01 s")]
)
def test_limits_are_written_as_parameters_have_them(seconds: float, text: str) -> None:
    assert limit_text(seconds) == text
