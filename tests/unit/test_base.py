"""What the contract and running a job need is pydantic alone: an analysis may have any other package as it likes."""

import json
from pathlib import Path

import pytest
from support.bare import bare, run_bare
from support.samples import ANALYSIS, PROJECT, entry, write_files

from analysis_jobs.analysis.source import locate

# What an environment of an analysis runs: the stages that import it, and what `try`, `check` and `explain` ask
IN_ENVIRONMENTS = [
    "analysis_jobs.authoring.check",
    "analysis_jobs.authoring.trial",
    "analysis_jobs.results.explain",
    "analysis_jobs.stages.analyze.analyze",
    "analysis_jobs.stages.dedupe.about",
    "analysis_jobs.stages.dedupe.candidates",
    "analysis_jobs.stages.dedupe.code",
    "analysis_jobs.stages.dedupe.launch",
]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare(tmp_path_factory.mktemp("bare") / "env", "pydantic")


def test_what_runs_beside_an_analysis_is_imported(python: Path) -> None:
    said = run_bare(python, "-c", "\n".join(f"import {module}" for module in IN_ENVIRONMENTS))
    assert (said.returncode, said.stderr) == (0, "")


def test_a_job_is_run(python: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": ANALYSIS, "batch.json": json.dumps({"jobs": [entry()]})})
    locate(str(tmp_path / "units.py")).export(tmp_path / "code")
    words = ["--analysis", "code", "--batch", "batch.json", "--container", ""]
    done = run_bare(python, PROJECT / "bin" / "analyze.py", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (found,) = (tmp_path / "jobs").glob("*/*/outcome.json")
    outcome = json.loads(found.read_text())
    assert (outcome["state"], outcome["outputs"]) == ("done", {"value": 0.5})
    assert "numpy" not in outcome["environment"]["packages"]


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("open_nwb", "pynwb", "nwb"), ("load_outputs", "pandas", "pipeline"), ("open_result", "obstore", "pipeline")],
)
def test_what_is_missing_is_named_with_its_remedy(python: Path, name: str, package: str, extra: str) -> None:
    said = run_bare(python, "-c", f"from analysis_jobs import {name}")
    assert said.stderr.splitlines()[-1] == (
        f"ImportError: {name} needs {package}: pip install 'aind-analysis-jobs[{extra}]'"
    )


def test_the_command_names_what_it_lacks(python: Path) -> None:
    said = run_bare(python, "-c", "from analysis_jobs.cli import main; main()")
    assert (said.returncode, said.stderr) == (
        1,
        "error: analysis-jobs needs typer: pip install 'aind-analysis-jobs[pipeline]'\n",
    )
