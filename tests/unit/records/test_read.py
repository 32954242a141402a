"""Reading records, ours and others': what they say was analysed, and what it took."""

from typing import Any

import pytest

from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.read import (
    Recorded,
    input_urls,
    inputs_and_parameters,
    is_ours,
    process_of,
    recorded_of,
    summary_of,
)


def record(pipeline: str | None, **parameters: Any) -> dict[str, Any]:
    code = {"version": "1", "parameters": parameters, "input_data": [{"url": "s3://in/a"}, {"url": None}]}
    process = {"pipeline_name": pipeline, "code": code, "end_date_time": "2026-01-02"}
    return {"_id": "k", "location": "/x", "processing": {"data_processes": [process]}}


def test_inputs_are_assets_and_files_once_each() -> None:
    assert input_urls({"s3_location": ["a", "b"], "file_location": ["a/1", "a"]}) == ["a", "b", "a/1"]
    assert input_urls({"s3_location": ["a"]}) == ["a"]


@pytest.mark.parametrize(
    ("started", "ended", "ram", "expected"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02.5Z", 1.5, Recorded("x", 2.5, 1_500_000_000)),
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", None, Recorded("x", 0.0)),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "16", Recorded("x")),
        (None, "yesterday", None, Recorded("x")),
    ],
)
def test_what_a_job_took(started: object, ended: object, ram: object, expected: Recorded) -> None:
    assert recorded_of("x", started, ended, ram) == expected


@pytest.mark.parametrize("document", [{}, {"processing": None}, {"processing": {"data_processes": []}}])
def test_a_document_of_others_has_no_process(document: dict[str, Any]) -> None:
    assert process_of(document) == {}
    summary = summary_of({"_id": "k", **document})
    assert (summary.inputs, summary.parameters, summary.location, is_ours(summary)) == ((), {}, "", False)


def test_the_original_kept_the_files_among_the_parameters() -> None:
    theirs, ours = (summary_of(record(name, file_location=["a/1"], cutoff=1)) for name in (None, PIPELINE_NAME))
    assert inputs_and_parameters(theirs) == (["a/1"], {"cutoff": 1})
    assert inputs_and_parameters(ours) == (["s3://in/a"], {"file_location": ["a/1"], "cutoff": 1})
    assert (is_ours(theirs), is_ours(ours)) == (False, True)
