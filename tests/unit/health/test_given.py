"""Where a launch would go, by the rules of the pipeline."""

from pathlib import Path

import pytest

from analysis_jobs.health.given import Given
from analysis_jobs.pipeline import __version__


@pytest.mark.parametrize(
    ("given", "variable", "bucket"),
    [
        (Given("out"), None, "out/analyses"),
        (Given("out"), "lab", "s3://lab"),
        (Given("out"), "s3://lab/x", "s3://lab/x"),
        (Given("out", bucket="here"), "lab", "here"),
        (Given("out"), "", "s3://"),
    ],
)
def test_the_bucket(given: Given, variable: str | None, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANALYSIS_BUCKET", raising=False)
    if variable is not None:
        monkeypatch.setenv("ANALYSIS_BUCKET", variable)
    assert given.bucket_place == bucket


def test_the_store() -> None:
    assert Given("out").store_place == "out/records.sqlite"
    assert Given("out", store="docdb").store_place == "docdb"


@pytest.mark.parametrize(
    ("profiles", "apptainer", "engine", "in_images"),
    [
        ({"standard"}, False, None, False),
        ({"docker"}, False, "docker", True),
        ({"slurm"}, False, None, False),
        ({"slurm"}, True, "apptainer", True),
        ({"codeocean", "awsbatch"}, False, None, True),
    ],
)
def test_what_tasks_run_in(profiles: set[str], apptainer: bool, engine: str | None, in_images: bool) -> None:
    given = Given(profiles=frozenset(profiles), apptainer=apptainer)
    assert (given.engine, given.in_images) == (engine, in_images)


def test_images_are_named_once() -> None:
    base = f"aind-analysis-jobs:{__version__}"
    assert Given().images == [base]
    assert Given(analysis_image="mine:1").images == [base, "mine:1"]


def test_folders_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NXF_HOME", "NXF_TEMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    assert Given("out", work="s3://lab/work").folders == {
        "--outdir": tmp_path / "out",
        "TMPDIR": tmp_path / "tmp",
        "NXF_HOME": tmp_path / "home" / ".nextflow",
        "the folder to launch in": tmp_path,
    }
