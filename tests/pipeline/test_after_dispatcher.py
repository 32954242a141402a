"""The workflow ANALYSIS, included after a dispatcher: examples/after_dispatcher, and others that get it wrong."""

import json
from pathlib import Path

import pytest
from support.lab import PROJECT, Ended, Lab

from .test_progress import check_progress, progress

pytestmark = pytest.mark.nextflow

EXAMPLE = PROJECT / "examples" / "after_dispatcher"
SETS = {"fixed_parameters": {"label": "x"}, "distributed_parameters": [{"value": 1}, {"value": 2}]}


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("dispatched")
    lab.use("plain.py")
    (lab.folder / "assets.txt").write_text("a\nb\nc\n")
    (lab.folder / "parameters.json").write_text(json.dumps(SETS))
    return lab


def launch(lab: Lab, pipeline: Path = EXAMPLE, **options: object) -> Ended:
    given = {"jobs": None, "assets": "assets.txt", "parameters": "parameters.json", **options}
    return lab.run(pipeline=pipeline, **given)


@pytest.fixture(scope="module")
def first(lab: Lab) -> Ended:
    return launch(lab)


def test_a_job_for_each_asset_and_parameter_set(lab: Lab, first: Ended):
    assert first.returncode == 0, first.said
    assert first.tasks == {"DISPATCH": 1, "DEDUPE": 1, "ANALYZE": 6, "UPLOAD": 2, "RECORD": 2, "SUMMARIZE": 1}
    assert "6 jobs: 6 done" in first.said
    assert lab.runs == {"a": 2, "b": 2, "c": 2}
    check_progress(first, 6, 0)


def test_random_file_names_do_not_spoil_resume(lab: Lab, first: Ended):
    # Whose store knows nothing of the first; to hear more of it computes nothing either
    again = launch(lab, resume=True, outdir="elsewhere", log_level="debug")
    assert again.returncode == 0, again.said
    assert again.tasks["DISPATCH"] == 1
    assert not set(again.states) & set(first.states)
    assert (again.tasks["ANALYZE"], again.cached["ANALYZE"]) == (0, 6)
    assert sum(lab.runs.values()) == 6
    check_progress(again, 6, 0)  # what is in the cache counts as well


def test_nothing_is_run_again(lab: Lab, first: Ended):
    again = launch(lab)
    assert again.returncode == 0, again.said
    assert "ANALYZE" not in again.tasks
    assert "DEDUPE: 6 jobs: 6 done before" in again.said
    assert not progress(again)
    assert {row["reason"] for row in again.rows} == {"done before: the store has its record"}


@pytest.mark.parametrize(
    ("jobs", "options", "said"),
    [
        ("channel.of('one', 'two').map { file(it) }", {}, "takes one folder of job files, and was given 2"),
        ("channel.empty()", {}, "takes one folder of job files, and was given 0"),
        ("file('jobs')", {"analysis": None}, "ANALYSIS needs params.analysis"),
        ("file('jobs')", {"max_attempts": 0}, "--max_attempts is 0: it must be 1 or more. See --help."),
    ],
)
def test_what_an_including_pipeline_gets_wrong(lab: Lab, jobs: str, options: dict[str, str], said: str):
    ended = launch(lab, including(lab, jobs), **options)
    assert ended.returncode != 0
    assert said in ended.said
    assert not ended.tasks


def test_an_including_pipeline_has_parameters_of_its_own(lab: Lab):
    ended = launch(lab, including(lab, "channel.empty()"), queue="theirs")
    assert "takes one folder of job files" in ended.said, "--queue has no effect on ours"


def including(lab: Lab, jobs: str) -> Path:
    """Write a pipeline that gives its jobs to ANALYSIS."""
    pipeline = lab.folder / "main.nf"
    include = f"include {{ ANALYSIS }} from '{PROJECT}/workflows/analysis'"
    pipeline.write_text(f"{include}\nworkflow {{ ANALYSIS({jobs}) }}\n")
    (lab.folder / "nextflow.config").write_text(f"includeConfig '{PROJECT}/nextflow.config'\n")
    return pipeline
