"""Real files are what the committed schemas say, and what the pipeline refuses for its form, the schemas refuse too."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.bad_job_files import BAD, IN_THE_PARAMETERS
from support.launches import run_stage
from support.recorded import everything
from support.samples import ANALYSIS, write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.parameters_file import read_parameters
from analysis_jobs.records.notes import notes

from .blocks import PROJECT
from .test_files import launched as launched  # a fixture

SCHEMAS = PROJECT / "docs" / "schemas"
EARLIER = PROJECT / "tests" / "data" / "earlier"
# What only the pipeline sees: which names are misspelt or misplaced, and what no JSON document tells of its text
NOT_OF_FORM = {
    *IN_THE_PARAMETERS, "misplaced", "twice", "too deep", "NUL in a name", "NUL in a text", "half a character",
}  # fmt: skip


def validator(name: str, version: int = 1) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}-v{version}.json").read_text()))


def problems(name: str, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(document)]


def is_refused(read: Callable[[], object]) -> bool:
    try:
        read()
    except InvalidInput:
        return True
    return False


@pytest.mark.real_data
def test_jobs_of_dispatchers(real_data: Path) -> None:
    samples = sorted((real_data / "aind").glob("sample_job*.json"))
    assert len(samples) >= 3
    for path in samples:
        assert problems("job", json.loads(path.read_text())) == []


@pytest.mark.parametrize("path", sorted(EARLIER.glob("jobs/*.json")), ids=lambda path: path.name)
def test_jobs_of_before(path: Path) -> None:
    assert problems("job", json.loads(path.read_text())) == []


@pytest.mark.parametrize("what", BAD)
def test_bad_job_files(tmp_path: Path, what: str) -> None:
    path = tmp_path / "job.json"
    BAD[what][0](path)
    try:
        document = json.loads(path.read_text()) if path.is_file() else float("nan")  # a pipe has no end
        json.dumps(document, allow_nan=False)
    except (OSError, ValueError, RecursionError):
        return  # no JSON, of which a schema says nothing
    refuses = problems("job", document) != []
    assert refuses == (what not in NOT_OF_FORM)


@pytest.mark.parametrize(
    "document",
    [
        {"s3_location": []},
        {"s3_location": [], "file_location": []},
        {"s3_location": [], "file_location": ["s3://a/b.nwb"]},
        {"s3_location": [" "]},
        {"s3_location": ["a"], "file_location": [""]},
        {"s3_location": ["a"], "file_location": None, "sources": []},
        {"s3_location": ["a"], "sources": None},
        {"s3_location": ["a"], "sources": [{"key": "k"}]},
        {"s3_location": ["a"], "sources": [{"key": "k", "location": "a", "outputs": None, "more": 1}]},
        {"s3_location": ["a"], "asset_id": "a"},
        {"s3_location": ["a"], "group_metadata": {"x": [1]}, "query": None, "unheard_of": {}},
        {"s3_location": ["a"], "analysis_code": {"parameters": {}}},
    ],
)
def test_jobs_are_judged_as_the_pipeline_does(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(document))
    assert (problems("job", document) != []) == is_refused(lambda: read_job(path, "job.json"))


PARAMETERS: list[Any] = [
    {},
    [],
    {"cutoff": 1, "filter": {"order": 2}},
    [{"cutoff": 1}, {}],
    [1],
    7,
    None,
    "text",
    {"fixed_parameters": {"a": 1}, "distributed_parameters": [{"b": 1}]},
    {"fixed_parameters": None, "distributed_parameters": None, "grid": None},
    {"fixed_parameters": [1]},
    {"fixed_parameters": "x"},
    {"distributed_parameters": {"b": 1}},
    {"distributed_parameters": [1]},
    {"distributed_parameters": 7},
    {"fixed_parameters": {}, "cutoff": 1},
    {"grid": {"cutoff": [1, 2], "filter.order": [2]}},
    {"grid": {"cutoff": []}},
    {"grid": {"cutoff": 1}},
    {"grid": {"filter.": [1]}},
    {"grid": {".order": [1]}},
    {"grid": {"": [1]}},
    {"grid": [1]},
    {"grid": {"cutoff": [1]}, "cutoff": 1},
]


@pytest.mark.parametrize("document", PARAMETERS, ids=json.dumps)
def test_parameters_are_judged_as_the_pipeline_does(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps(document))
    assert (problems("parameters", document) != []) == is_refused(lambda: read_parameters(path, "parameters.json"))


@pytest.mark.parametrize("path", sorted(PROJECT.glob("examples/*/parameters.json")), ids=lambda path: path.parent.name)
def test_parameters_of_the_examples(path: Path) -> None:
    assert problems("parameters", json.loads(path.read_text())) == []


def test_a_parameter_that_is_called_grid_is_the_one_exception(tmp_path: Path) -> None:
    """Only the analysis knows that it has one."""
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps({"grid": 3}))
    assert read_parameters(path, "parameters.json", ["grid"]).fixed == {"grid": 3}
    assert problems("parameters", {"grid": 3})


def test_what_a_launch_writes(launched: Path) -> None:
    manifests = [json.loads(path.read_text()) for path in launched.glob("analyses/*/manifest.json")]
    records = [json.loads(path.read_text()) for path in launched.glob("analyses/*/metadata.nd.json")]
    decisions = [json.loads(line) for line in (launched / "decisions.jsonl").read_text().splitlines()]
    assert (len(manifests), len(records), len(decisions)) == (1, 1, 2)
    assert [problem for one in manifests for problem in problems("manifest", one)] == []
    assert [problem for one in decisions for problem in problems("decisions", one)] == []
    for record in records:
        assert problems("record-notes", record["processing"]["data_processes"][0]["notes"]) == []
    with (launched / "jobs.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {row["state"] for row in rows} == {"done", "failed"}
    assert [problem for row in rows for problem in problems("jobs-tsv", row)] == []


def test_what_a_launch_writes_of_bad_files(tmp_path: Path) -> None:
    files = {"rates.py": ANALYSIS, "jobs/=1+1.json": "{}", "jobs/a.json": '{"s3_location": ["a"]}'}
    write_files(tmp_path, {**files, "jobs/b.json": files["jobs/a.json"]})
    asked = ["--jobs", "jobs", "--analysis", "rates.py", "--session", "7f0c", "--plan"]
    run_stage("dedupe", *asked, "--store", "records.sqlite", "--bucket", "analyses", cwd=tmp_path)
    decisions = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert sorted(one["decision"] for one in decisions) == ["invalid", "repeat", "run"]
    assert [problem for one in decisions for problem in problems("decisions", one)] == []


def test_what_was_written_before() -> None:
    (path,) = EARLIER.glob("analyses/*/manifest.json")
    assert problems("manifest", json.loads(path.read_text())) == []
    (path,) = EARLIER.glob("analyses/*/metadata.nd.json")
    (process,) = json.loads(path.read_text())["processing"]["data_processes"]
    assert problems("record-notes", process["notes"]) == []


@pytest.mark.real_data
def test_notes_of_the_original_wrapper_are_others(real_data: Path) -> None:
    record = json.loads((real_data / "aind" / "sample_docdb_record_gen2.json").read_text())
    assert problems("record-notes", record["processing"]["data_processes"][0]["notes"])


def test_each_note_has_a_schema_of_its_own() -> None:
    forms = validator("record-notes").schema["$defs"].values()
    assert problems("record-notes", notes(everything())) == []
    for note in notes(everything()).split("; "):
        assert sum(Draft202012Validator(form).is_valid(note) for form in forms) == 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("jobs-tsv", {"state": "finished"}),
        ("jobs-tsv", {"seconds": "2,5"}),
        ("jobs-tsv", {"column": "of nobody"}),
        ("decisions", {"decision": "maybe"}),
        ("decisions", {"attempt": "1"}),
        ("manifest", {"files": [{"path": "a"}]}),
        ("manifest", {"state": "pending"}),
    ],
)
def test_what_is_refused(launched: Path, name: str, change: dict[str, Any]) -> None:
    with (launched / "jobs.tsv").open(newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    decision = json.loads((launched / "decisions.jsonl").read_text().splitlines()[0])
    (path,) = launched.glob("analyses/*/manifest.json")
    good = {"jobs-tsv": row, "decisions": decision, "manifest": json.loads(path.read_text())}[name]
    assert problems(name, good) == []
    assert problems(name, {**good, **change})
