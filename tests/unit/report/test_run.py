"""What a report is told of a run."""

import json
from collections import Counter
from dataclasses import replace

from support.reports import job, run_of


def test_the_name_is_that_in_the_parameters() -> None:
    named = run_of(job(1, parameters={"x": 1}), job(2, parameters={"analysis_name": "Unit rates"}))
    assert named.name == "Unit rates"
    assert run_of(job(1, parameters={}), about={"analysis": "rates.py"}).name == "rates.py"
    assert run_of(about={}).name == "Analysis jobs"


def test_what_it_computed_and_what_was_done_before() -> None:
    run = run_of(job(1), job(2, decision="done"), job(3, "failed", decision="run"), job(4, "not_started"))
    assert run.counts == {"done": 2, "failed": 1, "not_started": 1}
    assert [row["file"] for row in run.computed if row["state"] == "failed"] == [job(3)["file"]]
    assert [row["state"] for row in run.computed] == ["done", "failed"]


def test_environments_by_their_number_of_jobs() -> None:
    environments = Counter({json.dumps({"host": "a"}): 1, json.dumps({"host": "b"}): 3, json.dumps({"cpu": "x"}): 5})
    run = replace(run_of(), environments=environments)
    assert list(run.environment_values("host").items()) == [("b", 3), ("a", 1)]
    assert run.environment_values("container") == {}
