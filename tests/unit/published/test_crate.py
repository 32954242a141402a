"""Results as RO-Crates: what is in them, and what the checker of their profile says."""

import hashlib
import json
import subprocess
import sys
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate
from rocrate_validator.models import Severity
from support.crates import problems
from support.samples import ENVIRONMENT, PROJECT, RUN, outcome, write_files

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.crate import write_crate
from analysis_jobs.published.find import Published, find_published
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.opening import open_store

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # of the checker

KEY = "a" * 64
OWNER = {"session": "this-run", "process": None}
PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "units": [1, 2], "strict": True, "count": 3, "of": None}
GIT = {"url": "https://host/code.git", "commit": "0a1b2c3d" * 5, "dirty": False, "pushed": True, "run_script": "a.py"}
FILES = {"rates.csv": "a,1", "plots/a plot#1.png": "png", "ro-crate-metadata.json": "{}", "é%20.bin": ""}
IMAGE = "registry.example.com/lab/units:1.0@sha256:" + "0f" * 32
JOB = {
    "s3_location": ["s3://bucket/asset_000", "a word"],
    "file_location": ["/data/session 1.nwb", "https://host/x.nwb?y=1", "s3://bucket/b.zarr"],
}


def publish(bucket: Bucket, folder: Path, files: dict[str, str] = FILES, **more: Any) -> dict[str, Any]:
    """Publish results as UPLOAD does, and return their manifest."""
    write_files(folder, {**files, "analysis.log": "a log"})
    parts = {"key_version": 1, "inputs": ["in"], "parameters": PARAMETERS, "code": "sha256:c0de"}
    run = {**RUN, "code": GIT, "price_per_hour": 0.36}
    about = outcome(KEY, job=JOB, parts=parts, **more)
    about["environment"] = {**ENVIRONMENT, "container": IMAGE, **more.get("environment", {})}
    return bucket.publish(
        KEY, [ResultFile(name, folder / name) for name in (*files, "analysis.log")], {**about, "run": run}
    )


def graph(crate: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in found}


def names(references: Any) -> list[str]:
    return [one["@id"] for one in references]


@dataclass
class Place:
    """Where a job is published and recorded, as options of the command."""

    store: str
    bucket: str

    @property
    def options(self) -> list[str]:
        return ["--store", self.store, "--bucket", self.bucket]

    def done(self, made: Path) -> Published:
        bucket = open_bucket(self.bucket)
        record_group([publish(bucket, made)], bucket, open_store(self.store), OWNER)
        return find_published(KEY, open_store(self.store, read_only=True), bucket)


@pytest.fixture
def local(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "records.sqlite"), str(tmp_path / "bucket"))


@pytest.fixture(params=["local", "services"])
def place(request: pytest.FixtureRequest, local: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "local":
        return local
    s3, docdb = request.getfixturevalue("s3"), request.getfixturevalue("docdb")
    docdb.empty()
    for name, value in {**s3.environment, **docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    return Place("docdb", f"s3://{s3.make_bucket(f'crate-{uuid.uuid4().hex}')}/x")


@pytest.fixture
def results(local: Place, tmp_path: Path) -> Published:
    return local.done(tmp_path / "made")


@pytest.fixture
def anywhere(place: Place, tmp_path: Path) -> Published:
    return place.done(tmp_path / "made")


def test_valid_by_the_checker_of_its_profile(anywhere: Published, tmp_path: Path) -> None:
    write_crate(anywhere, tmp_path / "crate", "https://creativecommons.org/licenses/by/4.0/")
    assert problems(tmp_path / "crate", "workflow-run-crate", tmp_path / "cache") == []


# What the checker recommends beside, and why a crate lacks it.
LACKING = {
    "process-run-crate-0.5_5.1": "the workflow is a file of the crate, and code of no repository has no URL",
    "ro-crate-1.1_22.3": "the publisher is not known",
    "ro-crate-1.1_25.1": "inputs are named, not copied",
    "ro-crate-1.1_28.1": "nor asked for",
    "ro-crate-1.1_29.1": "so that their size is not known",
    "ro-crate-1.1_29.2": "nor when they were last there",
    "ro-crate-1.1_30.2": "the affiliation of the experimenter is not known",
    "ro-crate-1.1_30.3": "the same",
}


def test_what_is_recommended_and_can_be_known_is_there(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "crate", "https://creativecommons.org/licenses/by/4.0/")
    found = problems(tmp_path / "crate", "workflow-run-crate", tmp_path / "cache", Severity.RECOMMENDED)
    assert {problem.partition(":")[0] for problem in found} <= LACKING.keys(), "\n".join(found)


def test_the_checker_finds_what_is_wrong(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "crate")
    path = tmp_path / "crate" / "ro-crate-metadata.json"
    path.write_text(path.read_text().replace('"instrument"', '"tool"'))
    found = problems(tmp_path / "crate", "workflow-run-crate", tmp_path / "cache")
    assert any("MUST have an instrument" in problem for problem in found)


def test_files_are_there_with_their_sizes_and_checksums(anywhere: Published, tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    write_crate(anywhere, crate)
    for name, text in FILES.items():
        assert (crate / "results" / name).read_text() == text
    listed = {entity["name"]: entity for entity in graph(crate).values() if "sha256" in entity}
    assert listed["rates.csv"]["sha256"] == hashlib.sha256(b"a,1").hexdigest()
    assert (listed["rates.csv"]["contentSize"], listed["rates.csv"]["encodingFormat"]) == ("3", "text/csv")
    assert listed["plots/a plot#1.png"]["encodingFormat"] == "image/png"
    assert (crate / "analysis.log").read_text() == "a log"
    assert json.loads((crate / "manifest.json").read_text()) == anywhere.manifest
    assert json.loads((crate / "metadata.nd.json").read_text()) == anywhere.record
    assert (crate / "main.nf").read_bytes() == (PROJECT / "main.nf").read_bytes()
    there = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    parts = {unquote(each["@id"]) for each in graph(crate)["./"]["hasPart"]}
    assert there - {"ro-crate-metadata.json"} == {part for part in parts if "://" not in part}


def test_others_can_read_it(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "crate")
    crate = ROCrate(tmp_path / "crate")
    assert crate.name == "rates: in"
    assert crate.mainEntity["name"] == "a pipeline"
    (action,) = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
    assert action["instrument"] is crate.mainEntity
    assert action["agent"]["name"] == "A Scientist"


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


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        (None, "No licence is stated: ask whoever ran the analysis."),
        ("CC0", "CC0"),
        ("https://l/1", {"@id": "https://l/1"}),
    ],
)
def test_licence(results: Published, tmp_path: Path, licence: str | None, said: Any) -> None:
    write_crate(results, tmp_path / "crate", licence)
    assert graph(tmp_path / "crate")["./"]["license"] == said


def test_it_is_the_same_each_time(results: Published, tmp_path: Path) -> None:
    write_crate(results, tmp_path / "one")
    write_crate(results, tmp_path / "two")
    assert graph(tmp_path / "one") == graph(tmp_path / "two")


def test_a_folder_that_holds_something(results: Published, tmp_path: Path) -> None:
    write_files(tmp_path, {"crate/mine.txt": "mine"})
    with pytest.raises(InvalidInput, match="crate is not empty; give --crate a new one"):
        write_crate(results, tmp_path / "crate")
    assert [path.name for path in (tmp_path / "crate").iterdir()] == ["mine.txt"]


def test_a_damaged_file_is_not_handed_on(anywhere: Published, tmp_path: Path) -> None:
    anywhere.bucket.put(anywhere.manifest["location"], "rates.csv", b"b,2")
    with pytest.raises(InvalidInput, match=r"rates.csv at .* has another SHA-256 than its manifest says; "):
        write_crate(anywhere, tmp_path / "crate")
    assert list((tmp_path / "crate").iterdir()) == []


def test_a_missing_file(anywhere: Published, tmp_path: Path) -> None:
    lines = [*anywhere.manifest["files"], {"path": "gone.txt", "size": 0, "sha256": ""}]
    lacking = replace(anywhere, manifest={**anywhere.manifest, "files": lines})
    with pytest.raises(InvalidInput, match=r"gone.txt is missing at .*; "):
        write_crate(lacking, tmp_path / "crate")


@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/out.txt"])
def test_a_manifest_that_leads_outside(results: Published, tmp_path: Path, name: str) -> None:
    odd = replace(results, manifest={**results.manifest, "files": [{"path": name, "size": 0, "sha256": ""}]})
    with pytest.raises(InvalidInput, match="is no name within the results"):
        write_crate(odd, tmp_path / "crate")


def test_without_the_package(results: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    with pytest.raises(InvalidInput, match="crates need the package rocrate, which is not installed"):
        write_crate(results, tmp_path / "crate")


def test_the_command(anywhere: Published, place: Place, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("analysis-jobs")
    command = [script, "export", KEY[:8], "--crate", "crate", *place.options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"the results of {KEY} are in crate, 5 files\n"
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (again.returncode, again.stderr) == (2, "error: the folder crate is not empty; give --crate a new one\n")


def test_results_that_were_moved_are_found_by_the_bucket(results: Published, local: Place, tmp_path: Path) -> None:
    store = open_store(local.store, read_only=True)
    (tmp_path / "bucket").rename(tmp_path / "new")
    write_crate(find_published(KEY, store, open_bucket(str(tmp_path / "new"))), tmp_path / "crate")
    assert (tmp_path / "crate" / "results" / "rates.csv").read_text() == "a,1"
    with pytest.raises(InvalidInput, match=r"has a record, but no manifest.json in .*; give --bucket if"):
        find_published(KEY, store, open_bucket(str(tmp_path / "elsewhere")))


def test_the_only_result_needs_no_key(anywhere: Published, place: Place, tmp_path: Path) -> None:
    def export(*arguments: str) -> subprocess.CompletedProcess[str]:
        script = Path(sys.executable).with_name("analysis-jobs")
        command = [script, "export", *arguments, *place.options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert export("--crate", "crate").stdout == f"the results of {KEY} are in crate, 5 files\n"
    none = export("--crate", "none", "--tag", "another")
    said = "error: a crate is of one result, and 0 are chosen; give its key, or other filters\n"
    assert (none.returncode, none.stderr) == (2, said)
    assert "needs the name of a table to write, such as outputs.parquet" in export().stderr
