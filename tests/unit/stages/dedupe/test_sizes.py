"""How many jobs share a task: no task is longer than wanted, and there is work for all that run side by side."""

import math

import pytest

from analysis_jobs.stages.dedupe.sizes import LEAST_SECONDS, Sizing, tasks_note, why_known
from analysis_jobs.stages.experience import Experience, MeasuredJob


@pytest.mark.parametrize(
    ("jobs", "seconds", "minutes", "side_by_side", "size"),
    [
        (10_000, 1.0, 1, 2, 60),  # a minute of them
        (10_000, 1.0, 5, 500, 20),  # in one round of 500
        (1000, 0.001, 1, 2, 500),  # of those that take no time as many as have their own process in a minute
        (10_000, 0.001, 1, 2, 1000),  # ten rounds of 1,000, no nine of 1,200 of which one is left
        (1000, 0.1, 5, 500, 50),  # no 500 tasks of two jobs: to start each would take longer
        (4, 0.1, 1, 16, 4),
        (100, 3600.0, 1, 4, 1),
        (3, 3600.0, 1, 2, 1),
        (1, 0.1, 1, 8, 1),
    ],
)
def test_size(jobs: int, seconds: float, minutes: float, side_by_side: int, size: int) -> None:
    assert Sizing(None, minutes, side_by_side).jobs_of(jobs, seconds) == size


@pytest.mark.parametrize("jobs", [1, 2, 7, 100, 12_345])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0, 59.0, 61.0, 10_000.0])
@pytest.mark.parametrize("side_by_side", [1, 2, 7, 1000])
def test_no_task_is_longer_than_wanted(jobs: int, seconds: float, side_by_side: int) -> None:
    size = Sizing(None, 1.0, side_by_side).jobs_of(jobs, seconds)
    each = max(seconds, LEAST_SECONDS)
    assert 1 <= size <= jobs
    assert size == 1 or size * each <= 60
    # As many tasks as run side by side, as far as jobs can be divided so, or each has a second of work
    assert size == 1 or math.ceil(jobs / (size - 1)) >= min(side_by_side, jobs) or (size - 1) * each <= 1


def test_what_is_said() -> None:
    jobs = [MeasuredJob(0.1 * number, 0.0, 0, 0, 10.0) for number in range(1, 11)]
    assert why_known(Experience("code", 1204, jobs)) == ("90% of jobs take at most 0.9 s, by 1,204 jobs of this code")
    assert why_known(Experience("name", 1, [MeasuredJob(600.0, 0.0, 0, 0, 1.0)])) == (
        "90% of jobs take at most 10 min, by 1 job of this analysis, with other code"
    )
    assert tasks_note(12, 1008, "why") == "12 tasks of about 84 jobs: why"
    assert tasks_note(2, 5) == "2 tasks of about 2 jobs"
    assert tasks_note(1, 1) == ""
