"""What a run took and cost, in words."""

from dataclasses import replace

from support.reports import ABOUT, failure, job, run_of

from analysis_jobs.report.costs import costs

ROWS = (
    job(1, seconds=1800, inputs=["s3://recordings/a"]),
    job(2, seconds=3600, inputs=["s3://recordings/b/"]),
    {**failure(3, "bad"), "seconds": 900, "inputs": ["s3://recordings/b/"]},
    job(4, seconds=7200, decision="done"),
)


def test_seconds_where_there_is_no_price() -> None:
    assert dict(costs(replace(run_of(*ROWS), lost=[60, 30]))) == {
        "All jobs computed": "1 h 45 min",
        "Each result": "52 min 30 s, with what failed",
        "Each recording": "52 min 30 s, of 2; most 1 h 15 min: b",
        "Lost to failures": "15 min, of 1 job",
        "Lost with tasks that died": "1 min 30 s, of 2 tasks",
    }


def test_costs_at_a_price() -> None:
    assert dict(costs(run_of(*ROWS, about={**ABOUT, "price_per_hour": 2}))) == {
        "All jobs computed": "1 h 45 min, cost 3.5, at 2 per hour of a task",
        "Each result": "52 min 30 s, cost 1.75, with what failed",
        "Each recording": "52 min 30 s, cost 1.75, of 2; most 1 h 15 min, cost 2.5: b",
        "Lost to failures": "15 min, cost 0.5, of 1 job",
    }


def test_of_nothing_nothing_is_said() -> None:
    assert not list(costs(run_of(job(1, decision="done"))))
    assert not list(costs(run_of()))


def test_without_results_no_result_has_a_cost() -> None:
    assert list(dict(costs(run_of(failure(1, "bad"))))) == ["All jobs computed", "Lost to failures"]
