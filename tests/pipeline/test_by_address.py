"""Launches without a checkout: by the address of a repository and a tag, and where no environment is active."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.lab import PROJECT, Ended, Lab, records, words
from support.repositories import ProjectRepository

pytestmark = pytest.mark.nextflow

OLD, NEW = "7.1.0", "7.2.0"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ProjectRepository:
    return ProjectRepository(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="module")
def commit(repository: ProjectRepository) -> str:
    """That of the older tag; the newer one comes later."""
    return repository.release(OLD)


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("by_address")
    lab.use("plain.py")
    lab.job("a")
    return lab


def launched(lab: Lab, repository: ProjectRepository, version: str, package: str = "", *more: str) -> Ended:
    """Launch a version from an empty folder, in an environment with that version, or another, of the package."""
    folder = lab.folder / f"empty {lab.launches}"
    folder.mkdir()
    (folder / "re.py").write_text("raise SystemExit('not this one')")  # nothing that lies there is imported
    given = {"jobs": lab.jobs, "analysis": lab.folder / "analysis.py", "outdir": lab.out}
    variables = {"NXF_ASSETS": str(lab.folder / "assets"), "NXF_OFFLINE": "false"}
    variables["PYTHONPATH"] = repository.package(package or version)
    options = ("-r", f"v{version}", "-profile", "local", *more)
    return lab.run(*options, pipeline=f"file:{repository.bare}", cwd=folder, env=variables, **given)


def pipelines(lab: Lab) -> set[tuple[str, str]]:
    """Return version and commit of the pipeline in every record."""
    found = (record["processing"]["pipelines"] for record in records(lab.store).values())
    return {(pipeline["version"], pipeline["commit_hash"]) for each in found for pipeline in each}


def test_a_tag_is_launched_from_an_empty_folder(lab: Lab, repository: ProjectRepository, commit: str):
    ended = launched(lab, repository, OLD)
    assert ended.returncode == 0, ended.said
    assert f"aind-analysis-jobs {OLD}: " in ended.said
    assert ended.tasks == {"DEDUPE": 1, "ANALYZE": 1, "UPLOAD": 1, "RECORD": 1, "SUMMARIZE": 1}
    assert ended.states == {"a.json": "done"}
    assert pipelines(lab) == {(OLD, commit)}


def test_a_newer_tag_is_fetched_and_finds_what_was_done(lab: Lab, repository: ProjectRepository, commit: str):
    """And one can go back to the older one."""
    newer = repository.release(NEW)
    lab.job("b")
    ended = launched(lab, repository, NEW)
    assert ended.returncode == 0, ended.said
    assert f"aind-analysis-jobs {NEW}: " in ended.said
    assert ended.tasks["ANALYZE"] == 1
    assert ended.states == {"a.json": "done", "b.json": "done"}
    assert pipelines(lab) == {(OLD, commit), (NEW, newer)}
    back = launched(lab, repository, OLD)
    assert back.returncode == 0, back.said
    assert f"aind-analysis-jobs {OLD}: " in back.said
    assert back.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert back.states == {"a.json": "done", "b.json": "done"}


def test_the_package_of_another_version_is_told_before_anything_runs(
    lab: Lab, repository: ProjectRepository, commit: str
):
    repository.release("7.3.0")
    ended = launched(lab, repository, "7.3.0", OLD)
    said = f"has the package aind-analysis-jobs {OLD}, and this pipeline is 7.3.0: install that version there"
    one_sentence(ended.said, said)
    assert ended.returncode == 1
    assert f"or launch that version of the pipeline (-r v{OLD})." in ended.said


def test_in_an_image_dedupe_tells_of_it(lab: Lab, repository: ProjectRepository, commit: str):
    """As where a configuration brings another environment, of which nothing is known before tasks start."""
    (lab.folder / "lab.config").write_text("process.beforeScript = 'true'\n")
    ended = launched(lab, repository, OLD, "src of the tests", "-c", str(lab.folder / "lab.config"))
    assert ended.returncode == 1
    assert f"and the pipeline is {OLD}; give an image, or an environment, of that version" in ended.said


def one_sentence(text: str, said: str) -> None:
    """See that a launch ended so, with nothing of what Nextflow says of a task that failed, and before any."""
    assert said in text
    for wall in ("Command executed", "Caused by", "Work dir:", "Exception", "Submitted process", "env: "):
        assert wall not in text


@pytest.fixture(scope="module")
def without_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the commands of the system, as cron finds them, but for a python."""
    folder = tmp_path_factory.mktemp("commands")
    for path in (path for place in ("/usr/bin", "/bin") for path in Path(place).iterdir()):
        if path.name != "python" and not os.path.lexists(folder / path.name):
            (folder / path.name).symlink_to(path)
    return folder


def by_path(lab: Lab, nextflow: Path, pipeline: str | Path, commands: Path) -> "subprocess.CompletedProcess[str]":
    """Launch with a Nextflow that is called by its path, with these commands alone on PATH."""
    given = {"jobs": lab.jobs, "analysis": lab.folder / "analysis.py", "outdir": lab.folder / "NONE"}
    unset = (
        "PYTHONPATH",
        "VIRTUAL_ENV",
        "NXF_OFFLINE",
    )  # the last, as the launcher of .venv allows -r to fetch by itself
    variables = {name: value for name, value in lab.environment.items() if name not in unset}
    variables |= {"PATH": str(commands), "NXF_ASSETS": str(lab.folder / "assets")}
    command = [nextflow, "run", pipeline, *(() if isinstance(pipeline, Path) else ("-r", f"v{OLD}")), *words(given)]
    folder = lab.folder / "cron"
    folder.mkdir(exist_ok=True)
    return subprocess.run([*map(str, command)], cwd=folder, env=variables, capture_output=True, text=True)


def test_without_an_environment_the_one_beside_nextflow_is_named(lab: Lab, without_python: Path):
    nextflow = Path(str(shutil.which("nextflow", path=lab.environment["PATH"])))
    ended = by_path(lab, nextflow, PROJECT / "main.nf", without_python)
    assert ended.returncode == 1
    said = ended.stdout + ended.stderr
    one_sentence(
        said, f"There is no python on PATH ({without_python}), which the tasks run with: activate its environment (. "
    )
    (named,) = (word for word in said.split() if word.endswith("/activate)"))
    assert Path(named.removesuffix(")")).is_file()


def test_without_an_environment_a_pipeline_that_was_fetched_says_what_to_install(
    lab: Lab, repository: ProjectRepository, commit: str, without_python: Path
):
    alone = lab.folder / "alone"
    alone.mkdir()
    (alone / "nextflow").symlink_to(str(shutil.which("nextflow", path=lab.environment["PATH"])))
    ended = by_path(lab, alone / "nextflow", f"file:{repository.bare}", without_python)
    assert ended.returncode == 1
    said = ended.stdout + ended.stderr
    one_sentence(said, f"There is no python on PATH ({without_python}), which the tasks run with: activate the environ")
    assert f"(pip install 'aind-analysis-jobs[pipeline,nwb]=={OLD}' in a virtual environment)" in said


def test_a_python_without_the_package_is_named(lab: Lab, without_python: Path, tmp_path: Path):
    for path in without_python.iterdir():
        (tmp_path / path.name).symlink_to(path)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'analysis_jobs'\" >&2\nexit 1\n")
    python.chmod(0o755)
    nextflow = Path(str(shutil.which("nextflow", path=lab.environment["PATH"])))
    ended = by_path(lab, nextflow, PROJECT / "main.nf", tmp_path)
    assert ended.returncode == 1
    said = (
        f"{python} is the python on PATH, which the tasks run with, and it does not have the package aind-analysis-jobs"
    )
    one_sentence(ended.stdout + ended.stderr, f"{said} (ModuleNotFoundError: No module named 'analysis_jobs'): ")
