"""Analyses with packages of their own that cannot be in one environment, nor in ours, launched side by side."""

import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bare import needs_index
from support.lab import Lab, published, records
from support.samples import write_files

pytestmark = pytest.mark.nextflow

ANALYSIS = """\
{block}
import {module}
import pydantic
from analysis_jobs import GenericModel


class AnalysisSpecification(GenericModel):
    analysis_name: str = "{module}"


class AnalysisOutputs(GenericModel):
    version: str
    pydantic: str


def run_analysis(job, specification, results):
    return AnalysisOutputs(version={module}.__version__, pydantic=pydantic.VERSION)
"""
# An old one that there are wheels of, for the Python that tests run in
OLD = "1.26.4" if sys.version_info < (3, 13) else "2.1.3"
# By module, what is declared, and how the version begins that jobs must then have
CONFLICTING = {
    "numpy": ([f"numpy=={OLD}"], OLD),
    "zarr": (["zarr<3", "numcodecs<0.16"], "2."),
    "zarr_3": (["zarr>=3"], "3."),
    "pydantic": (["pydantic>=2.12"], "2."),
}


def block(*requirements: str) -> str:
    return f"# /// script\n# dependencies = {json.dumps(requirements)}\n# ///"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_index()
    return tmp_path_factory.mktemp("environments")


def test_packages_that_conflict_run_side_by_side(new_lab: Callable[[str], Lab], cache: Path) -> None:
    started = {}
    for name, (requirements, _) in CONFLICTING.items():
        lab = new_lab(name)
        lab.job("one")
        text = ANALYSIS.format(block=block(*requirements), module=name.removesuffix("_3"))
        (lab.folder / "analysis.py").write_text(text)
        started[name] = lab, lab.start(environment_cache=cache)
    for name, (lab, running) in started.items():
        ended = running.wait(400)
        assert ended.returncode == 0, ended.said
        (manifest,) = published(lab.bucket).values()
        version = CONFLICTING[name][1]
        assert manifest["outputs"]["version"].startswith(version)
        used = manifest["run"]["environment"]
        assert (used["kind"], used["declared"]) == ("auto", "the script block of analysis.py")
        module = name.removesuffix("_3")
        assert any(line.startswith(f"{module}=={version}") for line in used["packages"])
        assert manifest["environment"]["packages"][module].startswith(version)
        assert "typer" not in manifest["environment"]["packages"]
        (record,) = records(lab.store).values()
        (process,) = record["processing"]["data_processes"]
        assert f"sha256:{used['digest']}" in process["notes"]
    assert tuple(map(int, manifest["outputs"]["pydantic"].split(".")[:2])) >= (2, 12)


def test_again_it_is_found_and_another_library_is_no_other_job(new_lab: Callable[[str], Lab], cache: Path) -> None:
    """Unless the environment is to count."""
    lab = new_lab("again")
    lab.job("one")
    text = ANALYSIS.format(block="", module="numpy")
    (lab.folder / "analysis.py").write_text(text)
    (lab.folder / "requirements.txt").write_text(f"numpy=={OLD}\n")
    first = lab.run(environment_cache=cache)
    assert first.returncode == 0, first.said
    assert "of requirements.txt" in first.said
    resumed = lab.run(environment_cache=cache, resume=True)
    assert resumed.rows[0]["reason"].startswith("done before")
    (lab.folder / "requirements.txt").write_text("numpy==2.2.6\n")
    other = lab.run(environment_cache=cache)
    assert other.rows[0]["reason"].startswith("done before")
    counted = lab.run(environment_cache=cache, key_environment=True)
    assert (counted.rows[0]["state"], counted.tasks["ANALYZE"]) == ("done", 1)
    manifests = published(lab.bucket)
    assert sorted(each["parts"]["key_version"] for each in manifests.values()) == [1, 2]
    assert sorted(each["outputs"]["version"] for each in manifests.values()) == [OLD, "2.2.6"]


def test_what_cannot_be_made_ends_the_launch_with_a_sentence(new_lab: Callable[[str], Lab], cache: Path) -> None:
    lab = new_lab("impossible")
    lab.job("one")
    (lab.folder / "analysis.py").write_text(ANALYSIS.format(block=block("pydantic<2"), module="pydantic"))
    ended = lab.run(environment_cache=cache)
    assert ended.returncode == 1
    assert "the environment of the script block of analysis.py cannot be made: No solution found" in ended.said
    assert ended.tasks["DEDUPE"] == 1


def test_a_task_that_does_not_see_the_environment_says_so(new_lab: Callable[[str], Lab], cache: Path) -> None:
    lab = new_lab("hidden")
    lab.job("one")
    (lab.folder / "analysis.py").write_text(ANALYSIS.format(block=block(f"numpy=={OLD}"), module="numpy"))
    hide = lab.folder / "hide.config"
    own = lab.folder / "own"
    hide.write_text(f"process {{ withName: ANALYZE {{ beforeScript = 'mv {own} {own}.hidden' }} }}\n")
    ended = lab.run("-c", str(hide), environment_cache=own)
    assert ended.returncode == 1
    (row,) = ended.rows
    assert row["state"] == "failed"
    assert "of the analysis is not on " in row["reason"]
    assert "give --environment_cache a folder that all machines of this launch share" in row["reason"]


# Its build goes on once somebody has read that it is built
SETUP = """\
import sys
import time
from pathlib import Path
from setuptools import setup

end = time.monotonic() + 60
while "bdist_wheel" in sys.argv and not Path({seen!r}).exists() and time.monotonic() < end:
    time.sleep(0.1)
setup(name="made-here", version="1", py_modules=[])
"""


def test_what_is_built_from_source_is_said_meanwhile(new_lab: Callable[[str], Lab], cache: Path) -> None:
    """The folder of its source is meant from where the launch is."""
    lab = new_lab("built")
    lab.job("one")
    source, seen = lab.folder / "made-here-1", lab.folder / "seen"
    write_files(source, {"setup.py": SETUP.format(seen=str(seen)), "PKG-INFO": "Name: made-here\nVersion: 1\n"})
    (lab.folder / "sources").mkdir()
    with tarfile.open(lab.folder / "sources" / "made-here-1.tar.gz", "w:gz") as packed:
        packed.add(source, source.name)
    (lab.folder / "analysis.py").write_text(ANALYSIS.format(block=block("made-here"), module="pydantic"))
    running = lab.start(plan=True, environment_cache=cache, env={"UV_FIND_LINKS": "sources"})
    said = "WARN: DEDUPE: made-here==1 is built from source, which may take minutes"
    running.wait_until(lambda: said in running.log.read_text(), "it says what is built")
    assert "DEDUPE: 1 job" not in running.log.read_text()
    seen.touch()
    ended = running.wait()
    assert ended.returncode == 0, ended.said
    assert ended.said.count(said) == 1
    assert not list((lab.folder / "work").glob(".warnings*"))
