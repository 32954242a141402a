"""What a crate says of the run: what ran, of what, with which parameters."""

from pathlib import Path

import pytest
from support.crates import graph, names
from support.publishing import GIT, JOB, PARAMETERS

from analysis_jobs.published.crate import write_crate
from analysis_jobs.published.find import Published

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]  # of the checker


def test_what_ran(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "crate")
    found = graph(tmp_path / "crate")
    action, workflow = found["#run"], found["main.nf"]
    assert (action["startTime"], action["endTime"]) == (
        "2026-01-02T03:04:05.000+00:00",
        "2026-01-02T03:04:15.000+00:00",
    )
    assert action["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert workflow["url"] == "https://host/pipeline/blob/0a1b2c3d/main.nf"
    assert (workflow["version"], found[workflow["programmingLanguage"]["@id"]]["version"]) == ("1.2", "24.10.0")
    analysis = found[workflow["hasPart"]["@id"]]
    assert (analysis["codeRepository"], analysis["version"]) == (GIT["url"], GIT["commit"])
    assert (analysis["identifier"], found["https://www.python.org/"]["version"]) == ("sha256:c0de", "3.11.7")
    image = found[action["containerImage"]["@id"]]
    assert (image["registry"], image["name"], image["tag"]) == ("registry.example.com", "lab/units", "1.0")
    assert image["sha256"] == "0f" * 32
    used = {found[name]["name"]: found[name]["value"] for name in names(action["resourceUsage"])}
    assert used == {
        "seconds": 10.0,
        "cpu_seconds": 5.0,
        "peak_memory_bytes": 160_000_000,
        "bytes_read": 2000,
        "bytes_written": 1000,
        "storage_bytes_read": 0,
        "cost": 0.001,
    }


def test_inputs_and_parameters(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "crate")
    found = graph(tmp_path / "crate")
    given = {name: found[name] for name in names(found["#run"]["object"])}
    kinds = {entity["name"]: entity["@type"] for entity in given.values()}
    assert {name: kinds[name] for name in [*JOB["s3_location"][:1], *JOB["file_location"]]} == {
        "s3://bucket/asset_000": "Dataset",
        "/data/session 1.nwb": "File",
        "https://host/x.nwb?y=1": "File",
        "s3://bucket/b.zarr": "Dataset",
    }
    assert {"s3://bucket/asset_000/", "file:///data/session%201.nwb", "https://host/x.nwb?y=1"} < given.keys()
    assert given["#input/a%20word"]["value"] == "a word"
    values = {name: given[f"#parameter/{name}"]["value"] for name in PARAMETERS}
    assert values == {**PARAMETERS, "units": "[1, 2]", "of": "null"}
    types = {name: found[given[f"#parameter/{name}"]["exampleOfWork"]["@id"]]["additionalType"] for name in PARAMETERS}
    assert list(types.values()) == ["Text", "Float", "Text", "Boolean", "Integer", "Text"]
    assert found["#output/value"]["value"] == 1.5
    assert {"@id": "#output/value"} in found["#run"]["result"]
