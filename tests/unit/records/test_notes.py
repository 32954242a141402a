"""The notes of a record, for what aind-data-schema has no field for."""

from typing import Any

import pytest
from support.samples import ENVIRONMENT, RUN, published

from analysis_jobs.records.notes import MADE_FROM, MOST_SOURCES, asked_in, cost, environment_in, notes, notes_of


def said(run: dict[str, Any] | None = None, **more: Any) -> list[str]:
    return notes(published("k", run={**RUN, **(run or {})}, **more)).split("; ")


def test_what_is_not_known_is_left_out() -> None:
    bare = {**ENVIRONMENT, "executor": None, "scheduler_job": None}
    assert said(environment=bare, bytes_read=None, bytes_written=None, storage_bytes_read=None) == [
        "code sha256:c0de",
        "attempt 1, Nextflow run happy_turing",
        "host here",
        "10 s, 5 s of CPU",
    ]


@pytest.mark.parametrize(
    ("dirty", "pushed", "words"),
    [
        (False, True, ["git commit 0a1b", "pushed"]),
        (True, False, ["git commit 0a1b with uncommitted changes", "not pushed to any known remote"]),
    ],
)
def test_the_commit(dirty: bool, pushed: bool, words: list[str]) -> None:
    assert said({"code": {"commit": "0a1b", "dirty": dirty, "pushed": pushed}})[1:3] == words


def test_where_it_ran_and_what_it_cost() -> None:
    code_ocean = {"capsule": "c-1"}
    parts = said(
        {"price_per_hour": 0.5, "code_ocean": code_ocean}, environment={**ENVIRONMENT, "container_engine": "x"}
    )
    assert {"executor slurm, job slurm 4711", "in a container of x", "read 2000 bytes"} < set(parts)
    assert parts[-2:] == ["cost 0.001389 at 0.5 per hour", "Code Ocean capsule c-1"]


def test_the_recording() -> None:
    group = {"subject_id": "7; subject 8", "session_date": "2025-02-04"}
    parts = said(job={"s3_location": ["s3://in/a"], "group_metadata": group})
    assert {"subject 7 subject 8", "acquired 2025-02-04"} < set(parts)


def test_the_environment() -> None:
    used = {"kind": "auto", "python": "3.11.7", "digest": "c0de", "declared": "requirements.txt"}
    parts = said({"environment": {**used, "packages": ["a==1", "b==2"]}})
    assert {"environment auto of requirements.txt, sha256:c0de", "packages a==1, b==2"} <= set(parts)
    record = {"processing": {"data_processes": [{"notes": "; ".join(parts)}]}}
    assert environment_in(record) == "auto of requirements.txt, sha256:c0de"
    assert environment_in({}) is None
    assert notes_of(record) == parts


def test_that_recordings_might_run_programs() -> None:
    launch = {"started": "", "jobs": "jobs", "parameters": None, "set": []}
    note = "pickled objects in recordings allowed"
    assert note in said({"launch": {**launch, "allow_pickle": True}})
    assert note not in said({"launch": launch})


@pytest.mark.parametrize(("price", "amount"), [(None, None), (0, None), (0.36, 0.001), (1, 0.002778)])
def test_cost(price: float | None, amount: float | None) -> None:
    assert cost(published("k", run={**RUN, "price_per_hour": price})) == amount


def test_the_results_that_a_job_is_made_from() -> None:
    sources = [{"key": f"k{number}", "location": f"/b/k{number}"} for number in range(MOST_SOURCES + 2)]
    parts = said(job={"s3_location": ["in"], "sources": sources[:2]})
    assert f"{MADE_FROM}k0, k1" in parts
    assert [
        part[-9:] for part in said(job={"s3_location": ["in"], "sources": sources}) if part.startswith(MADE_FROM)
    ] == ["nd 2 more"]


def test_what_its_task_asked_for() -> None:
    parts = said(asked={"memory_bytes": 2**31, "processors": 1, "attempt": 2})
    assert {"asked 2 GB and 1 processor", "attempt 2 of its task"} < set(parts)
    record = {"processing": {"data_processes": [{"notes": "; ".join(parts)}]}}
    assert asked_in(record) == "2 GB and 1 processor"
    assert asked_in({}) is None
    assert "of its task" not in "; ".join(said(asked={"memory_bytes": 2**31}))
