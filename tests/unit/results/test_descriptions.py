"""Which description is that of a value, and which manifests have them."""

from typing import Any

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.descriptions import MOST_MANIFESTS, Descriptions, described_by

DESCRIPTIONS = Descriptions(
    [
        {"name": "outputs.rate", "unit": "Hz"},
        {"name": "outputs.rate", "unit": "of an older code"},
        {"name": "outputs.units[].depth", "description": "Below the surface", "unit": "µm"},
        {"name": "outputs.by.*.low", "unit": "V"},
        {"name": "outputs.by", "description": "All of it"},
        {"name": "parameters.rate", "description": "another"},
    ]
)


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("outputs.rate", {"unit": "Hz"}),
        ("outputs.rate.7", {"unit": "Hz"}),
        ("parameters.rate", {"description": "another"}),
        ("outputs.units", {}),
        ("outputs.units.3.depth", {"description": "Below the surface", "unit": "µm"}),
        ("outputs.units.3.other", {}),
        ("outputs.by.x.low", {"unit": "V"}),
        ("outputs.by.x.high", {"description": "All of it"}),
        ("outputs", {}),
    ],
)
def test_a_value_is_described_by_what_is_nearest(path: str, about: dict[str, str]) -> None:
    assert DESCRIPTIONS.of(path.split(".")) == about
    assert Descriptions().of(path.split(".")) == {}


def record(key: str, code: str = "a", pipeline: str = "aind-analysis-jobs") -> dict[str, Any]:
    process = {"notes": f"code {code}; pushed", "code": {"name": "rates"}, "pipeline_name": pipeline}
    return {"_id": key, "processing": {"data_processes": [process]}}


def manifest_of(record: dict[str, Any]) -> Any:
    if record["_id"] == "gone":
        raise InvalidInput("there is none")
    if record["_id"] == "old":
        return {"run": {}}
    return {"run": {"described": [{"name": f"outputs.{record['_id']}", "unit": "s"}]}}


def test_one_manifest_of_each_code_is_read(caplog: pytest.LogCaptureFixture) -> None:
    records = [
        record("new"), record("other"), record("gone", "b"), record("old", "c"), record("last", "d"),
        record("foreign", "e", "of somebody else"),
    ]  # fmt: skip
    found = described_by(records, manifest_of)
    assert [about["name"] for about in found] == ["outputs.new", "outputs.last"]
    said = "the columns are written without the descriptions of one version of the code: there is none"
    assert [one.getMessage() for one in caplog.records] == [said]


def test_of_many_codes_the_newest_are_asked() -> None:
    records = [record(str(number), str(number)) for number in range(MOST_MANIFESTS + 5)]
    assert len(described_by(records, manifest_of)) == MOST_MANIFESTS
