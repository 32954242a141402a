"""The package as it is built: it carries the pipeline, and runs it where there is no checkout."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from docs.checkout import LEFT_OUT
from support.bare import needs_index, uv
from support.lab import Lab, launch_environment, outputs_of, records, words
from support.samples import PROJECT

from analysis_jobs import __version__

pytestmark = pytest.mark.slow

NAME = f"aind_analysis_jobs-{__version__}"
# What of a checkout the pipeline needs: files, and folders with all in them
NEEDED = ("main.nf", "nextflow.config", "nextflow_schema.json", "bin", "conf", "functions", "modules", "workflows")
# It says where it runs from, which tells whether that is what was installed
ANALYSIS = """
import sys

import analysis_jobs
from analysis_jobs import GenericModel

class AnalysisSpecification(GenericModel):
    analysis_name: str = "where"

class AnalysisOutputs(GenericModel):
    package: str
    prefix: str

def run_analysis(job, specification, results):
    if "bad" in job.inputs:
        raise ValueError("bad")
    return AnalysisOutputs(package=analysis_jobs.__file__, prefix=sys.prefix)
"""


def build(source: Path, target: str, folder: Path) -> Path:
    """Build a wheel or an sdist of a clean tree with the build backend of the lock, which fetches nothing."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree") / "project"
    shutil.copytree(PROJECT, tree, ignore=LEFT_OUT, symlinks=True)
    return build(tree, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, which so has all that the wheel has."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return build(folder / NAME, "wheel", tmp_path_factory.mktemp("wheel"))


def files_of_pipeline() -> dict[str, Path]:
    paths = (path for name in NEEDED for path in [PROJECT / name, *(PROJECT / name).rglob("*")])
    kept = (path for path in paths if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(PROJECT).as_posix(): path for path in kept}


def test_it_has_all_that_the_pipeline_needs(wheel: Path) -> None:
    beginning = "analysis_jobs/project/"
    with zipfile.ZipFile(wheel) as archive:
        found = {info.filename: info for info in archive.infolist() if info.filename.startswith(beginning)}
        assert {name.removeprefix(beginning) for name in found} == files_of_pipeline().keys()
        for name, path in files_of_pipeline().items():
            assert archive.read(beginning + name) == path.read_bytes()
            mode = found[beginning + name].external_attr >> 16
            assert bool(mode & stat.S_IXUSR) == (path.parent.name == "bin"), name


def test_it_has_no_test_and_no_recording(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
        about = archive.read(f"{NAME}.dist-info/METADATA").decode()
    assert tops == {"analysis_jobs", f"{NAME}.dist-info"}
    assert f"\nVersion: {__version__}\n" in about
    assert wheel.name == f"{NAME}-py3-none-any.whl"


def test_the_sdist_is_of_what_is_versioned(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "src/analysis_jobs/pipeline.py", *files_of_pipeline()} <= names
    assert not [name for name in names if {".venv", "__pycache__", ".git", "work"} & set(name.split("/"))]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the locked packages and the wheel; its folder of programs."""
    needs_index()
    folder = tmp_path_factory.mktemp("fresh") / "its environment"
    uv("venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    install = ("pip", "install", "--quiet", "--no-config", "--no-deps", "--python", python)
    uv(*install, "-r", PROJECT / "requirements.lock")
    uv(*install, wheel)
    return folder / "bin"


@pytest.fixture(scope="module")
def commands(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of who has this environment, not active, and a Nextflow, and nothing of the checkout."""
    if shutil.which("nextflow") is None:
        pytest.fail("nextflow is not on PATH: make setup, then . .venv/bin/activate", pytrace=False)
    folder = tmp_path_factory.mktemp("path")
    (folder / "nextflow").symlink_to(Path(str(shutil.which("nextflow"))).resolve())
    variables = launch_environment(tmp_path_factory.mktemp("nextflow_home"))
    of_python = [name for name in variables if name.startswith(("PYTHON", "VIRTUAL_ENV"))]
    kept = {name: value for name, value in variables.items() if name not in of_python}
    return {**kept, "PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}


@pytest.mark.nextflow
def test_it_runs_the_pipeline_without_a_checkout(installed: Path, commands: dict[str, str], tmp_path: Path) -> None:
    lab = Lab(tmp_path, commands)
    (tmp_path / "analysis.py").write_text(ANALYSIS)
    lab.job("good")
    lab.job("bad")
    given = words({"jobs": "jobs", "analysis": "analysis.py", "outdir": "OUT"})
    command = [installed / "analysis-jobs", "run", "-profile", "local", *given]
    done = subprocess.run(command, cwd=tmp_path, env=commands, capture_output=True, text=True, timeout=600)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said  # as that of Nextflow, where a job has failed
    assert f"aind-analysis-jobs {__version__}: analysis.py on jobs" in said
    assert "jobs without a result: 1" in said
    (record,) = records(lab.store).values()
    ran = outputs_of(record)
    assert ran["prefix"] == str(installed.parent)
    assert Path(ran["package"]).is_relative_to(installed.parent)
    (pipeline,) = record["processing"]["pipelines"]
    assert pipeline["version"] == __version__

    listed = subprocess.run(
        [installed / "analysis-jobs", "list", "--outdir", "OUT", "--json"],
        cwd=tmp_path,
        env=commands,
        capture_output=True,
    )
    assert {json.loads(line)["state"] for line in listed.stdout.splitlines()} == {"done", "failed"}
    helped = subprocess.run(
        [installed / "analysis-jobs", "run", "--", "--help"], cwd=tmp_path, env=commands, capture_output=True, text=True
    )
    assert helped.returncode == 0, helped.stderr
    assert "--analysis_memory" in helped.stdout
