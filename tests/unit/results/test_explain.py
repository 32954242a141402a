"""`analysis-jobs explain`: field by field, why two jobs are or are not the same."""

import json
from pathlib import Path

from support.samples import code_of, job_text, rules_of, write_files
from support.shelf import CODE, Shelf, command

from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.key import JobKeys, key_parts
from analysis_jobs.results.explain import compare_parts
from analysis_jobs.stages.dedupe.candidates import KeyingHere
from analysis_jobs.stages.dedupe.planner import Planner

PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "filter": {"order": 3, "kind": "low"}}


def fields(a, b) -> dict[str, str]:
    return {
        f"{one.field} {one.a if one.a is not None else one.b}" if one.field == "inputs" else one.field: one.verdict
        for one in compare_parts(a, b)
    }


def test_every_field():
    a = key_parts(["x", "y/"], {**PARAMETERS, "only_a": None, "n": 1, "t": "1"}, CODE)
    b = key_parts(["y", "z"], {**PARAMETERS, "filter": {"order": 4, "kind": "low"}, "n": 1.0, "t": 1}, "version:2")
    assert fields(a, b) == {
        "key_version": "same", "code": "differs", "inputs x": "only in A", "inputs y": "same", "inputs z": "only in B",
        "parameters.analysis_name": "same", "parameters.cutoff": "same", "parameters.filter.order": "differs",
        "parameters.filter.kind": "same", "parameters.only_a": "only in A", "parameters.n": "same",
        "parameters.t": "differs",
    }  # fmt: skip


def test_a_value_and_an_object():
    a, b = (key_parts(["x"], {"p": value}, CODE) for value in (1, {"q": {}}))
    assert fields(a, b)["parameters.p"] == "only in A"
    assert fields(a, b)["parameters.p.q"] == "only in B"


def test_repeated_inputs_and_names_with_dots():
    a = key_parts(["x", "x"], {"a": {"b": 1}, "a.b": 2}, CODE)
    b = key_parts(["x"], {"a": {"b": 1}, "a.b": 3}, CODE)
    assert fields(a, b) == {
        "key_version": "same", "code": "same", "inputs x (2 times)": "differs", "parameters.a.b": "same",
        'parameters."a.b"': "differs",
    }  # fmt: skip


def test_a_record_of_the_original(shelf: Shelf, place, capsys):
    """It has its files among the parameters, and no digest of the code."""
    ours = shelf.done(["s3://in/a/x.nwb"], PARAMETERS)
    code = {
        "version": "7639b7c",
        "input_data": [{"url": "s3://in/a"}],
        "parameters": {**PARAMETERS, "file_location": ["s3://in/a/x.nwb"]},
    }
    process = {"code": code, "pipeline_name": None, "end_date_time": "2025-01-07T15:34:20"}
    shelf.store.insert([{"_id": "0r1g", "location": "s3://out/0r1g", "processing": {"data_processes": [process]}}])
    said = command(capsys, "explain", ours, "0r1g", *place).out
    assert said.splitlines()[2] == "not the same job: key_version, code differ"


def test_the_nearest_of_the_same_inputs(job, same, shelf, place, capsys):
    shelf.done(["s3://in/a"], {"analysis_name": "rates", "tag": "b", "cutoff": 0.9}, code=code_of(job[2]))
    said = command(capsys, "explain", *job, "--set", "cutoff=0.1", *place)
    lines = said.out.splitlines()
    assert lines[1:3] == [f"B {same} (the nearest record)", "not the same job: parameters.cutoff differs"], said.err
    assert "  differs    parameters.cutoff         0.1 in A, 0.5 in B" in lines
    other = command(capsys, "explain", *job, "--code-version", "2", *place).out.splitlines()
    assert other[2] == "not the same job: code differs"


def test_the_nearest_of_the_same_name(job, same, tmp_path: Path, place, capsys):
    write_files(tmp_path, {"jobs/1/a.json": job_text("s3://in/b")})
    (found,) = command(capsys, "explain", *job, "--json", *place).lines
    assert found["nearest"]["key"] == same
    differing = [one for one in found["nearest"]["fields"] if one["verdict"] != "same"]
    assert [(one["verdict"], one["a"], one["b"]) for one in differing] == [
        ("only in B", None, "s3://in/a"),
        ("only in A", "s3://in/b", None),
    ]


def test_the_key_is_that_of_a_launch(job, tmp_path: Path, shelf, importing, place, capsys):
    """As DEDUPE computes it."""
    import io

    from analysis_jobs.analysis.loading import load
    from analysis_jobs.analysis.source import locate
    from analysis_jobs.jobs.parameter_sources import read_sources
    from analysis_jobs.jobs.specification import Parameters

    specification = load(locate(job[2])).specification
    sources = read_sources(None, "", (), {"cutoff": 1}, specification)
    rules, out = rules_of(claim=False), io.StringIO()
    keys = JobKeys(sources, Parameters(specification), code_of(job[2]))
    Planner(KeyingHere(keys), shelf.store, rules, out).plan(find_job_files(tmp_path / "jobs"))
    (found,) = command(capsys, "explain", *job, "--set", "cutoff=1", "--json", *place).lines
    assert found["key"] == json.loads(out.getvalue())["key"]
