"""Trials: one job file made ready to be run without Nextflow, and run with nothing caught."""

import os
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, job_text, write_files

from analysis_jobs.analysis.source import locate
from analysis_jobs.authoring.trial import KeyedBy, Trial, ready_trials
from analysis_jobs.errors import InvalidInput

TEXT = ANALYSIS.replace("    return", "    (results / 'a.txt').write_text(job.inputs[0])\n    return")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_files(tmp_path, {"units.py": TEXT, "one/job.json": job_text("in"), "p.json": '[{"cutoff": 1}, {}]'})


def trials(**other: Any) -> list[Trial]:
    usual = {"analysis": "units.py", "job": Path("one/job.json"), "results": Path("out"), "parameters": None}
    return ready_trials(**{**usual, "assignments": [], **other})


def test_outputs_and_files(folder: Path) -> None:
    (trial,) = trials()
    assert trial.files() == {}
    assert trial.outputs() == {"value": 0.5}
    assert trial.files() == {"a.txt": 2}
    assert (folder / "out" / "a.txt").read_text() == "in"


def test_the_key_of_a_launch_that_goes_by_syntax(folder: Path) -> None:
    (trial,) = trials(keyed_by=KeyedBy("syntax"))
    assert trial.keyed.parts["code"] == locate("units.py").identity(by="syntax")


def test_again_into_the_same_folder(folder: Path) -> None:
    for _ in range(2):
        (trial,) = trials()
        assert trial.outputs() == {"value": 0.5}


def test_each_parameter_set_has_a_folder(folder: Path) -> None:
    both = trials(parameters=Path("p.json"), assignments=["cutoff=0.25"])
    assert [trial.outputs() for trial in both] == [{"value": 1.0}, {"value": 0.25}]
    assert [(folder / "out" / name / "a.txt").is_file() for name in "01"] == [True, True]


def test_one_set_has_the_folder_itself(folder: Path) -> None:
    (trial,) = trials(parameters=Path("p.json"), keyed_by=KeyedBy(number=0))
    assert trial.outputs() == {"value": 1.0}
    assert trial.results == folder / "out"


def test_without_results_the_folder_is_fresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    (trial,) = trials(results=None)
    assert trial.results.parent == folder
    assert os.listdir(trial.results) == []


@pytest.mark.parametrize("error", ["ZeroDivisionError", "EOFError", "NothingToReport", "KeyboardInterrupt"])
def test_what_the_analysis_raises_is_raised(folder: Path, error: str) -> None:
    write_files(
        folder, {"units.py": TEXT + f"def run_analysis(job, specification, results):\n    raise {error}('x')\n"}
    )
    (trial,) = trials()
    with pytest.raises(BaseException, match="x") as raised:
        trial.outputs()
    assert type(raised.value).__name__ == error
    assert raised.traceback[-1].path == folder / "units.py"
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"assignments": ["cutof=1"]}, "--set: 'cutof' (given as '1') is not a parameter of the analysis; did you "),
        ({"assignments": ["cutoff=x"]}, "parameters refused by AnalysisSpecification: cutoff is 'x': Input should be "),
        ({"job": Path("none.json")}, "none.json does not exist; check the path"),
        ({"job": Path("one/joob.json")}, "one/joob.json does not exist; did you mean 'one/job.json'?"),
        ({"job": Path("no/job.json")}, "no/job.json does not exist; check the path"),
        ({"job": Path()}, ". is a folder; give one of its job files"),
        ({"parameters": Path("none.json")}, "none.json does not exist; check the path"),
        ({"analysis": "none.py"}, "there is no analysis at 'none.py'"),
        ({"results": Path("units.py/x")}, "the results folder "),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder: Path, other: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        trials(**other)
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
