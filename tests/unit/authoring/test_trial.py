"""Trying an analysis on one job, without Nextflow."""

import json
from pathlib import Path

import pytest
from support.samples import ANALYSIS, job_text, run_script, write_files

TEXT = ANALYSIS.replace("    return", "    (results / 'a.txt').write_text(job.inputs[0])\n    return")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path, {"units.py": TEXT, "one/job.json": job_text("in"), "p.json": '[{"cutoff": 1}, {}]'})


def one(folder: Path, *more: str) -> tuple[int, str, str]:
    flags = ["--analysis", "units.py", "--job", "one/job.json", "--results", "out"]
    ended = run_script("analyze", *flags, *more, cwd=folder)
    return ended.returncode, ended.stdout, ended.stderr


def test_outputs_are_printed(folder: Path) -> None:
    assert one(folder) == (0, '{\n  "value": 0.5\n}\n', "")
    assert (folder / "out" / "a.txt").read_text() == "in"


def test_again_into_the_same_folder(folder: Path) -> None:
    assert one(folder) == one(folder)


def test_each_parameter_set_has_a_folder(folder: Path) -> None:
    code, said, _ = one(folder, "--parameters", "p.json", "--set", "cutoff=0.25")
    assert code == 0
    assert json.loads("[" + said.replace("}\n{", "},{") + "]") == [{"value": 1.0}, {"value": 0.25}]
    assert [(folder / "out" / name / "a.txt").is_file() for name in "01"] == [True, True]


def test_an_error_is_raised_for_a_debugger(folder: Path) -> None:
    write_files(folder, {"units.py": TEXT + "run_analysis = lambda *_: 1 / 0\n"})
    code, _, said = one(folder)
    assert code == 1
    assert said.startswith("Traceback")
    assert said.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--set", "cutof=1"], "--set: 'cutof' (given as '1') is not a parameter of the analysis; did you mean 'cutof"),
        (["--set", "cutoff=x"], "parameters refused by AnalysisSpecification: cutoff is 'x': Input should be a valid"),
        (["--job", "none.json"], "none.json does not exist; check the path"),
        (["--parameters", "none.json"], "none.json does not exist; check the path"),
        (["--analysis", "none.py"], "there is no analysis at 'none.py'"),
        (["--results", "units.py/x"], "the results folder "),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(folder: Path, flags: list[str], said: str) -> None:
    code, _, error = one(folder, *flags)
    assert (code, error.count("\n")) == (2, 1)
    assert error.startswith(f"error: {said}")


def test_flags_that_do_not_go_together(folder: Path) -> None:
    ended = run_script("analyze", "--analysis", "units.py", "--job", "one/job.json", cwd=folder)
    assert ended.returncode == 2
    assert "give --job and --results, or --batch" in ended.stderr
