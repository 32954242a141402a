"""The command `explain`: two keys, or a job file and what is near it."""

import json
from pathlib import Path

import pytest
from support.samples import code_of, write_files
from support.shelf import Shelf, command

from analysis_jobs.jobs.key import job_key

PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "filter": {"order": 3, "kind": "low"}}


def test_two_keys(shelf: Shelf, place, capsys):
    a = shelf.done(["in"], PARAMETERS)
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "x"}
    b = shelf.settled("failed", ["in"], {**PARAMETERS, "cutoff": "[red]0.5\x1b[31m"}, error=error)
    said = command(capsys, "explain", a[:8], b[:8], *place)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[:3] == [f"A {a}", f"B {b}", "not the same job: parameters.cutoff differs"]
    assert '  differs    parameters.cutoff         0.5 in A, "[red]0.5\\u001b[31m" in B' in lines
    (found,) = command(capsys, "explain", a, b, "--json", *place).lines
    assert (found["a"], found["b"], found["same"]) == (a, b, False)
    assert {one["field"]: one["verdict"] for one in found["fields"]}["code"] == "same"


def test_a_key_and_itself(shelf: Shelf, place, capsys):
    key = shelf.done(["in"], PARAMETERS)
    assert command(capsys, "explain", key, key[:6], *place).out.splitlines()[2] == "the same job"


def test_a_job_file_that_is_done(job, same, place, capsys):
    said = command(capsys, "explain", *job, *place)
    assert said.out == f"A {same} ({job[0]})\nthe store knows this job: done, attempt 1\n", said.err
    (found,) = command(capsys, "explain", *job, "--json", *place).lines
    assert (found["key"], found["known"]["state"], found["nearest"]) == (same, "done", None)


def test_a_job_file_that_is_near_nothing(job, shelf, importing, place, capsys):
    said = command(capsys, "explain", *job, *place)
    assert said.out.splitlines()[1] == "no record has the same inputs or the same analysis_name; this job is new"


def test_a_job_file_that_failed(job, shelf: Shelf, importing, place, capsys):
    parameters = {"analysis_name": "rates", "tag": "a", "cutoff": 0.5}
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
    state = shelf.store.job_states([shelf.settled("failed", ["s3://in/a"], parameters, 2, error=error)], whole=True)
    (one,) = state.values()
    parts = {**one["parts"], "code": code_of(job[2])}
    shelf.store.settle([{**one, "_id": job_key(parts), "key": job_key(parts), "parts": parts}], "this-run")
    said = command(capsys, "explain", *job, *place).out.splitlines()
    assert said[1] == "the store knows this job: failed, attempt 2: ValueError: oh"


def test_each_set_of_parameters(job, same, tmp_path: Path, place, capsys):
    write_files(tmp_path, {"p.json": json.dumps([{"cutoff": 0.5}, {"cutoff": 0.7}])})
    found = command(capsys, "explain", *job, "--parameters", tmp_path / "p.json", "--json", *place).lines
    assert [(one["known"] or {}).get("state") for one in found] == ["done", None]
    write_files(tmp_path, {"jobs/distributed_parameters.json": json.dumps([{"tag": "x"}, {"tag": "y"}, {"tag": "z"}])})
    assert len(command(capsys, "explain", *job, "--jobs", tmp_path / "jobs", "--json", *place).lines) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "b", "c"], "explain was given 3 jobs; give two keys, or one key or one job file with --analysis"),
        (["nofile"], "there is no job file, and no key, 'nofile'; give two keys, or one key or one job"),
        (["JOB"], "explain of one job needs --analysis, since the code is part of what makes a job the same; or give"),
        (["JOB", "--analysis", "nothing.py"], "there is no analysis at 'nothing.py'"),
        (["JOB", "--analysis", "ANALYSIS", "--set", "cutof=1"], "--set: 'cutof' (given as '1') is not a parameter"),
        (["JOB", "--analysis", "ANALYSIS", "--set", "cutoff=x"], "JOB: parameters refused by AnalysisSpecification"),
        (["", "--analysis", "ANALYSIS"], "'' is not the beginning of a key"),
        ([".", "--analysis", "ANALYSIS"], ". is a folder; give one of its job files"),
        (["a", "b", "--number", "0"], "--number is an option of a job file, and keys were given; leave it out"),
        (["a", "--analysis", "ANALYSIS", "--set", "x=1"], "--set is an option of a job file, and keys were given;"),
        (["a", "JOB"], "JOB is a job file, and stands alone; give two keys, or one key or one job file with"),
        (["a", "b"], "no job has a key a...; `analysis-jobs list --store "),
    ],
)
def test_what_is_wrong(job, shelf, importing, place, capsys, words, said):
    real = {"JOB": job[0], "ANALYSIS": job[2]}
    ended = command(capsys, "explain", *(real.get(word, word) for word in words), *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said.replace('JOB', job[0])}")
