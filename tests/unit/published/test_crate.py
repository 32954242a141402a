"""Results as RO-Crates: what is in them, and what the checker of their profile says."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate
from rocrate_validator.models import Severity
from support.crates import graph, problems
from support.publishing import FILES, KEY, Place
from support.samples import PROJECT, write_files

from analysis_jobs import pipeline
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.crate import write_crate
from analysis_jobs.published.find import Published

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]  # of the checker


def test_valid_by_the_checker_of_its_profile(anywhere: Published, tmp_path: Path) -> None:
    write_crate(anywhere, tmp_path / "crate", "https://creativecommons.org/licenses/by/4.0/")
    assert problems(tmp_path / "crate", "workflow-run-crate", tmp_path / "cache") == []


def test_without_the_pipeline_nothing_is_copied(
    anywhere: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "__file__", str(tmp_path / "lib" / "analysis_jobs" / "pipeline.py"))
    with pytest.raises(pipeline.NoPipeline, match="which has the pipeline, is not there: install the package again"):
        write_crate(anywhere, tmp_path / "crate")
    assert not (tmp_path / "crate").exists()


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
    with pytest.raises(InvalidInput, match="is not a name within the results"):
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
