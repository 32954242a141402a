"""What launches leave of what their jobs took, and what is known by it."""

from typing import Any

import pytest
from support.reports import decision
from support.samples import outcome

from analysis_jobs.report.account import Row, final_rows
from analysis_jobs.stages.experience import NO_EXPERIENCE, SAMPLE, Experience, experience, measured_jobs


def rows(*seconds: float, state: str = "done") -> list[Row]:
    """Return rows of jobs, of which each took more memory than the one before."""
    decisions = [decision("run", f"{number}.json", str(number)) for number in range(len(seconds))]
    told: Any = {
        str(number): {**outcome(str(number), state), "seconds": each, "peak_memory_bytes": number, "input_bytes": 7}
        for number, each in enumerate(seconds)
    }
    return final_rows(decisions, told, dry_run=False)


def launch(*seconds: float, code: str = "sha256:a", name: str = "rates", started: str = "2026-01-02") -> Any:
    return {"code": code, "analysis": name, "started": started, "measured": measured_jobs(rows(*seconds))}


def test_jobs_that_ended_well_are_measured() -> None:
    assert measured_jobs(rows(3, 1, 2)) == {
        "jobs": 3, "seconds": [1.0, 2.0, 3.0], "cpu_seconds": [5.0] * 3, "peak_memory_bytes": [1, 2, 0],
        "input_bytes": [7] * 3,
    }  # fmt: skip
    assert measured_jobs(rows(1, state="empty"))
    assert measured_jobs(rows(1, state="failed")) is None
    assert measured_jobs([]) is None


def test_some_stand_for_all() -> None:
    measured = measured_jobs(rows(*range(10_001)))
    assert measured
    assert (measured["jobs"], len(measured["seconds"])) == (10_001, SAMPLE)
    assert (measured["seconds"][0], measured["seconds"][-1]) == (0, 10_000)
    known = experience([launch(*range(10_001))], "sha256:a", "rates")
    assert known.jobs == 10_001
    assert known.quantile("seconds", 0.5) == pytest.approx(5_000, rel=0.02)


def test_what_many_jobs_take_together() -> None:
    many = {**launch(1), "measured": {**launch(1)["measured"], "jobs": 3}}
    assert experience([many, launch(5)], "sha256:a", "rates").mean_seconds == 2
    assert NO_EXPERIENCE.mean_seconds == 0


@pytest.mark.parametrize(
    ("code", "name", "basis", "jobs"),
    [
        ("sha256:a", "rates", "code", 2),
        ("sha256:a", "called something else", "code", 2),
        ("sha256:b", "rates", "name", 5),
        ("sha256:b", "called something else", "nothing", 0),
    ],
)
def test_the_same_code_goes_first(code: str, name: str, basis: str, jobs: int) -> None:
    there = [launch(1, 2), launch(5, 6, 7, code="sha256:old"), launch(9, code="sha256:other", name="other")]
    known = experience(there, code, name)
    assert (known.basis, known.jobs) == (basis, jobs)


def test_nothing_is_known_of_launches_that_left_nothing() -> None:
    assert experience([], "sha256:a", "rates") is NO_EXPERIENCE
    there: Any = {"code": "sha256:a", "analysis": "rates", "started": "2026-01-02"}  # it died
    assert experience([there], "sha256:a", "rates") is NO_EXPERIENCE


def test_the_newest_launches_count() -> None:
    old = launch(*[100] * 1_000, started="2025-01-01")
    known = experience([old, *[launch(1, started=f"2026-01-{day:02}") for day in range(1, 31)]], "sha256:a", "rates")
    assert (known.jobs, known.quantile("seconds", 1)) == (30, 1)


@pytest.mark.parametrize(("share", "seconds"), [(0, 1), (0.5, 1), (0.74, 1), (0.76, 9), (1, 9)])
def test_quantiles_go_by_weight(share: float, seconds: float) -> None:
    known = experience([launch(1, 1, 1), launch(9)], "sha256:a", "rates")
    assert isinstance(known, Experience)
    assert known.quantile("seconds", share) == seconds


def test_a_job_that_was_tried_again_took_more_than_its_first_attempt_had() -> None:
    both = rows(1, 2)
    both[0]["asked"] = {"memory_bytes": 1000, "attempt": 2}
    both[1]["asked"] = {"memory_bytes": 1000}
    measured = measured_jobs(both)
    assert measured
    assert measured["peak_memory_bytes"] == [500, 1]
