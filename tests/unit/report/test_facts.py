"""What is known of a run, in words."""

import json
from typing import Any

import pytest
from support.reports import ABOUT, job, run_of
from support.samples import ENVIRONMENT

from analysis_jobs.report.account import Row
from analysis_jobs.report.facts import facts


def facts_of(*rows: Row, **about: Any) -> dict[str, str]:
    run = run_of(*rows, about={**ABOUT, **about})
    return {fact.name: fact.value for section in facts(run) for fact in section.facts}


def test_facts() -> None:
    found = facts_of(job(0), job(1), job(2, decision="done"))
    assert found["cutoff"] == "2 values: 0 (2 jobs), 1 (1 job)"
    assert found["analysis_name"] == '"unit quality"'
    assert found["SHA-256 of its code"] == "c0de"
    assert found["Started"] == "2026-01-02 03:04:05 UTC+01:00"
    assert found["Nextflow run"] == "happy_turing"
    assert found["Nextflow session"] == "this-run"
    assert found["Pipeline"] == "a pipeline 1.2, commit 0a1b2c3d"
    assert (found["Python"], found["Packages"]) == ("3.11.7", "numpy 2.0")
    assert found["All jobs computed"] == "4 s"  # not of what was done before
    assert found["Commit"].startswith("not known")
    assert found["Executor"] == "slurm"
    assert not found.keys() & {"Image"}


@pytest.mark.parametrize(
    ("dirty", "pushed", "said"),
    [
        (True, True, "abc, with uncommitted changes, pushed"),
        (False, False, "abc, as committed, not pushed to any known remote"),
    ],
)
def test_the_commit(dirty: bool, pushed: bool, said: str) -> None:
    assert facts_of(job(0), code={"commit": "abc", "dirty": dirty, "pushed": pushed})["Commit"] == said


def test_a_code_version_of_ones_own() -> None:
    assert facts_of(job(0), identity="version:2.0")["Code version"] == "2.0"


def test_several_environments() -> None:
    run = run_of(job(0), job(1), job(2))
    run.environments.clear()
    for number, host in enumerate("aab"):
        environment = {**ENVIRONMENT, "host": host, "packages": {"numpy": f"2.{number}"}}
        run.environments[json.dumps(environment)] += 1
    found = {fact.name: fact.value for section in facts(run) for fact in section.facts}
    assert found["Hosts"] == "a (2 jobs), b (1 job)"
    assert found["Packages"] == "numpy 2.0 (in 2 other environments they differ)"


def test_facts_of_a_run_of_which_nothing_is_known() -> None:
    run = run_of(about={})
    run.environments.clear()
    assert [fact.name for section in facts(run) for fact in section.facts] == ["Ended"]


def test_what_was_asked_for_and_used() -> None:
    asked = {"memory_bytes": 2**31, "processors": 4}
    rows = [job(number, seconds=20, cpu_seconds=30, peak_memory_bytes=2**29, asked=asked) for number in range(2)]
    rows[1]["asked"] = {**asked, "memory_bytes": 2**32, "attempt": 2}
    found = facts_of(*rows, job(2, decision="done"))
    assert found["Memory"] == "asked 2 GB, used at most 512 MB"
    assert found["Processors"] == "asked 4 processors, used at most 1.5 processors"
    assert found["Tried again"] == "1 job, as the first attempt was killed"
    assert not facts_of(job(0)).keys() & {"Memory", "Processors", "Tried again"}
