"""Names in a job file: those that are meant for a known one, and those that belong elsewhere."""

from typing import Any

import pytest

from analysis_jobs import Job
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.fields import check_code, unknown_fields


def refusal(fields: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as caught:
        unknown_fields(fields, Job.model_fields)
    return str(caught.value)


MEANT = {
    "s3_location": ["s3_loc", "s3loc", "S3_Location", "s3-location", "s3Location", "s3_locations", "location", "paths"],
    "file_location": ["file_locations", "fileLocation", "file location", "file_lcoation", "files"],
    "distributed_parameters": [
        "distributed_paramters",
        "distributedParameters",
        "distributed_parameter",
        "distributed",
    ],
    "analysis_code": ["analysis_cod", "analysisCode"],
    "docdb_record_id": ["docdb_record_ids", "docdb_recordid"],
    "asset_name": ["asset_names", "asset_nmae"],
}


@pytest.mark.parametrize(("meant", "name"), [(meant, name) for meant, names in MEANT.items() for name in names])
@pytest.mark.parametrize("fields", [{"s3_location": ["a"]}, {}], ids=["beside", "alone"])
def test_a_misspelt_field_is_refused_with_the_one_that_was_meant(fields: dict[str, Any], meant: str, name: str) -> None:
    assert refusal({**fields, name: ["b"]}) == f"{name!r} is not a field of a job file; did you mean {meant!r}?"


def test_what_is_near_nothing_or_holds_nothing_is_returned() -> None:
    names = ("dispatcher_version", "location_type", "subject_id", "metadata", "analysis_name", "status")
    assert unknown_fields(dict.fromkeys((*Job.model_fields, *names), 1), Job.model_fields) == list(names)
    assert unknown_fields({"s3_loc": None, "parameters": None}, Job.model_fields) == ["s3_loc", "parameters"]


@pytest.mark.parametrize(
    "name", ["parameters", "params", "parameter", "analysis_parameters", "fixed_parameters", "Job-Params"]
)
def test_parameters_beside_the_fields_are_told_where_they_belong(name: str) -> None:
    said = refusal({"s3_location": ["a"], name: {"cutoff": 1}})
    assert said.startswith(f"{name!r} is not a field of a job file; write this job's parameters into ")
    assert said.endswith("'distributed_parameters', and those of all jobs into the parameters file")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"paramters": {"cutoff": 1}}, "'paramters' is not a field of analysis_code; did you mean 'parameters'?"),
        ({"Parameters": {"cutoff": 1}}, "'Parameters' is not a field of analysis_code; did you mean 'parameters'?"),
        ({"parameters": [1]}, "analysis_code.parameters is [1]; write an object of parameters"),
        ({"parameters": "text"}, "analysis_code.parameters is 'text'; write an object of parameters"),
    ],
)
def test_what_a_dispatcher_notes_is_not_lost(code: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_code(code)
    assert str(caught.value) == said


@pytest.mark.parametrize("name", ["resources", "source"])
def test_names_near_to_sources_are_those_of_others(name: str) -> None:
    assert unknown_fields({"s3_location": ["a"], name: 1}, Job.model_fields) == [name]
