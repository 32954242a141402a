"""Where the pipeline lies; and what it wrote is left out of the jobs folder, and nothing that only looks like it."""

from pathlib import Path

import pytest
from support.samples import PROJECT, write_files

from analysis_jobs import pipeline
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.pipeline import NoPipeline, project_folder

JOBS = {"1.json": "{}", "sub/2.json": "{}"}
TASK = "ab/0123456789abcdef0123456789abcd"
KEY = "0123456789abcdef" * 4
OURS = {
    "a work folder": ("work", [f"{TASK}/jobs/1.json", f"{TASK}/run.json", f"{TASK}/batches/x.json"]),
    "a work folder of another name": ("tmp/scratch", [f"{TASK}/outcome.json"]),
    "a task": ("here", [".command.run", "run.json", "batches/x.json"]),
    "an outdir": ("OUT", ["jobs.tsv", f"analyses/{KEY}/manifest.json"]),
    "an outdir of a plan": ("OUT", ["decisions.jsonl", "x.json"]),
    "an outdir that was not finished": ("OUT", ["records.sqlite", f"analyses/{KEY}/manifest.json"]),
    "a bucket": ("lab/results", [f"{KEY}/manifest.json", f"{KEY}/units.json"]),
    "a result": ("copied", ["manifest.json", "analysis.log", "units.json"]),
    "a result with its record": ("copied", ["metadata.nd.json", "units.json"]),
    "a crate": ("crate", ["ro-crate-metadata.json", "results/units.json"]),
    "what was computed again": ("again", ["outcome.json", "analysis.log", "comparison.json"]),
    "what DEDUPE wrote": ("plan", ["run.json", "batches/0123.json"]),
}


@pytest.mark.parametrize("kind", OURS)
def test_what_the_pipeline_wrote_is_left_out(tmp_path: Path, kind: str) -> None:
    folder, files = OURS[kind]
    write_files(tmp_path, {**JOBS, **{f"{folder}/{name}": "{}" for name in files}})
    found = find_job_files(tmp_path)
    assert [file.name for file in found.files] == list(JOBS)
    assert found.left_out == [folder]


def test_what_only_looks_like_it_is_read(tmp_path: Path) -> None:
    """Folders that a dispatcher numbers, or names as it names its jobs."""
    names = ["10/a.json", f"{KEY}/b.json", "manifest.json", "outcome.json", "work/c.json"]
    write_files(tmp_path, dict.fromkeys(names, "{}"))
    found = find_job_files(tmp_path)
    assert sorted(file.name for file in found.files) == sorted(names)
    assert found.left_out == []


def test_the_outdir_may_be_the_folder_itself(tmp_path: Path) -> None:
    write_files(tmp_path, {**JOBS, **dict.fromkeys(("jobs.tsv", f"analyses/{KEY}/manifest.json"), "{}")})
    found = find_job_files(tmp_path)
    assert [file.name for file in found.files] == list(JOBS)
    assert found.left_out == ["analyses"]


def test_results_are_no_jobs_folder(tmp_path: Path) -> None:
    write_files(tmp_path, dict.fromkeys(("manifest.json", "analysis.log", "units.json"), "{}"))
    with pytest.raises(InvalidInput, match="holds the results of a job; give --jobs the folder that the dispatcher"):
        find_job_files(tmp_path)


def test_the_pipeline_of_a_checkout_is_beside_the_package() -> None:
    assert project_folder() == PROJECT


def test_the_pipeline_of_an_installed_package_lies_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = write_files(tmp_path / "site-packages" / "analysis_jobs", {"project/main.nf": ""})
    write_files(tmp_path, {"main.nf": "somebody's"})
    monkeypatch.setattr(pipeline, "__file__", str(package / "pipeline.py"))
    assert project_folder() == package / "project"


def test_a_package_without_its_pipeline_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "__file__", str(tmp_path / "lib" / "analysis_jobs" / "pipeline.py"))
    with pytest.raises(NoPipeline, match="project, which has the pipeline, is not there: install the package again"):
        project_folder()
