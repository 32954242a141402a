"""The analysis of a launch, opened in this process."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.samples import ANALYSIS, job_text, write_files

from analysis_jobs.analysis.archive import read_archive
from analysis_jobs.analysis.source import locate
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.launch import Launch
from analysis_jobs.stages.dedupe.opened import OpenedAnalysis

HELD = {"python": "3.11.7", "packages": ["numpy==1.26.4"]}


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importing: None) -> Launch:
    write_files(tmp_path, {"units.py": ANALYSIS, "jobs/a.json": job_text("a"), "jobs/b.json": "[]"})
    monkeypatch.chdir(tmp_path)
    return Launch(jobs=tmp_path / "jobs", analysis=str(tmp_path / "units.py"), store="s", bucket="b", session="s")


def test_it_gives_the_jobs_their_keys(launch: Launch) -> None:
    contents = find_job_files(launch.jobs)
    opened = OpenedAnalysis(launch, launch.analysis, "", contents, None)
    candidate, decision = opened.candidates(contents.files)
    assert isinstance(candidate, Candidate)
    assert candidate.keyed.parts["parameters"] == {"cutoff": 0.5}
    assert not isinstance(decision, Candidate)
    assert decision["decision"] == "invalid"
    assert opened.validated({"cutoff": 1}) == {"cutoff": 1.0}
    assert opened.document(to_run=False)["entry"] == "units.py"
    assert not Path("code/environment.sh").exists()


def key_of(launch: Launch) -> str:
    contents = find_job_files(launch.jobs)
    opened = OpenedAnalysis(launch, launch.analysis, "", contents, None)
    shutil.rmtree("code")
    candidate = next(iter(opened.candidates(contents.files)))
    assert isinstance(candidate, Candidate)
    assert candidate.keyed.parts["code"] == opened.document(to_run=False)["identity"]
    return candidate.key


def test_a_comment_makes_no_other_job_by_syntax(launch: Launch) -> None:
    by_syntax = replace(launch, code_identity="syntax")
    before = key_of(launch), key_of(by_syntax), key_of(replace(by_syntax, code_version="1"))
    assert len(set(before)) == 3
    Path(launch.analysis).write_text(f"{ANALYSIS}\n# more")
    assert key_of(by_syntax) == before[1]
    assert key_of(launch) != before[0]
    Path(launch.analysis).write_text(f"{ANALYSIS}\nMORE = 1")
    assert key_of(by_syntax) != before[1]
    assert key_of(replace(by_syntax, code_version="1")) == before[2]


def test_the_archive_of_the_code(launch: Launch) -> None:
    key_of(launch)
    assert read_archive(Path("sources.tar.gz").read_bytes(), locate(launch.analysis).digest()).entry == "units.py"
    key_of(replace(launch, without_code=True))
    assert Path("sources.tar.gz").read_bytes() == b""


DESCRIBED = """
from pydantic import Field

class AnalysisOutputs(GenericModel):
    value: float = Field(description="Mean rate", json_schema_extra={"unit": "Hz"})

def run_analysis"""


def test_fields_that_the_analysis_describes_are_known_of_the_launch(launch: Launch) -> None:
    """And its jobs keep their keys, but for what the text of the code is."""
    contents = find_job_files(launch.jobs)
    plain = OpenedAnalysis(launch, launch.analysis, "", contents, None)
    assert "described" not in plain.document(to_run=False)
    shutil.rmtree("code")
    Path("units.py").write_text(ANALYSIS.replace("\ndef run_analysis", DESCRIBED))
    opened = OpenedAnalysis(launch, launch.analysis, "", contents, None)
    described = [{"name": "outputs.value", "description": "Mean rate", "unit": "Hz"}]
    assert opened.document(to_run=True).get("described") == described


def test_the_script_goes_along_with_the_code(launch: Launch) -> None:
    OpenedAnalysis(launch, launch.analysis, "echo there\n", find_job_files(launch.jobs), None)
    assert Path("code/environment.sh").read_text() == "echo there\n"


def test_the_environment_is_part_of_a_key_where_it_is_asked_for(launch: Launch) -> None:
    contents = find_job_files(launch.jobs)
    counting = Launch.of_json({**json.loads(json.dumps(launch.as_json())), "key_environment": True})
    keys = []
    for each, held in ((launch, HELD), (counting, HELD), (counting, {**HELD, "packages": []})):
        shutil.rmtree("code", ignore_errors=True)
        first, _ = OpenedAnalysis(each, each.analysis, "", contents, held).candidates(contents.files)  # type: ignore[arg-type]
        assert isinstance(first, Candidate)
        keys.append(first.key)
    assert len(set(keys)) == 3
