"""What is to be done next, in a sentence."""

from typing import Any

import pytest
from support.reports import failure, invalid, job, run_of

from analysis_jobs.report.account import Row
from analysis_jobs.report.failures import failure_groups
from analysis_jobs.report.next_step import next_step


def steps(*rows: Row, **more: Any) -> str:
    run = run_of(*rows, **more)
    return next_step(run, failure_groups(run.rows))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([job(1), job(2, decision="done")], "Nothing is left to do: every job has its result."),
        ([], "There were no jobs: check the jobs folder."),
        ([failure(1, "oh")], "1 job failed: fix the analysis or the parameters, and launch again."),
        (
            [failure(n, f"unit {n} is bad") for n in range(3)] + [invalid(n) for n in range(12)],
            "3 jobs failed with one cause: fix the analysis or the parameters, and launch again; "
            "12 jobs are invalid: fix the job files or parameters as their reasons say, and launch again.",
        ),
        (
            [failure(1, "a"), failure(2, "b"), failure(3, "died", "TaskDied", cause="infrastructure"), job(4)],
            "2 jobs failed with 2 causes: fix the analysis or the parameters, and launch again; 1 job failed outside "
            "the analysis: launch again, with -resume to keep what was computed.",
        ),
        (
            [job(1), job(2, "not_started"), job(3, "not_started")],
            "2 jobs are not started, as the launch has reached its limit: launch again to go on.",
        ),
        (
            [{**failure(1, "a"), "state": "gave_up"}, job(2, "claimed")],
            "1 job is given up: it is tried again once the analysis or the parameters change, or --max_attempts and "
            "--retry_failed allow it; 1 job is running elsewhere: see the report of that run, or launch again when it "
            "has ended.",
        ),
    ],
)
def test_next_step(rows: list[Row], said: str) -> None:
    assert steps(*rows) == said


def test_next_step_of_a_dry_run() -> None:
    assert steps(job(1), dry_run=True).startswith("Nothing failed in this dry run: launch again without --dry_run")
    assert steps(failure(1, "oh"), dry_run=True).startswith("1 job failed")


def test_next_step_on_code_ocean_names_no_option_of_nextflow() -> None:
    died = failure(3, "died", "TaskDied", cause="infrastructure")
    assert steps(died, about={"code_ocean": {"capsule": "c"}}) == "1 job failed outside the analysis: run again."
