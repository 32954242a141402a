"""Parameters that go are taken with their new names and a warning: some that are added to a copy of the pipeline."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Ended, Lab

pytestmark = pytest.mark.nextflow

TABLE = """
def goingParameters() {
    [
        most_tries: [now: 'max_attempts', gone: '0.3.0'],
        target: [now: 'outdir', gone: '0.3.0'],
        fast: [now: null, gone: '0.3.0'],
    ]
}
"""
CONFIGURED = """
params.most_tries = null
params.max_attempts = params.most_tries == null ? 3 : params.most_tries
params.target = null
params.outdir = params.target == null ? 'results' : params.target
params.fast = null
"""
CALLED = "WARN: --{0} is called --{1} now: write that, as --{0} goes with version 0.3.0."


@pytest.fixture(scope="module")
def lab(new_lab: Any) -> Lab:
    lab: Lab = new_lab("going parameters")
    lab.use("plain.py")
    lab.job("a")
    return lab


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pipeline, with a table and a configuration as CONTRIBUTING describes them."""
    folder = tmp_path_factory.mktemp("pipeline")
    for name in ("conf", "functions", "modules", "workflows", "bin"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("main.nf", "nextflow.config", "nextflow_schema.json", "pyproject.toml"):
        shutil.copyfile(PROJECT / name, folder / name)
    functions = folder / "functions" / "parameters.nf"
    before, name, after = functions.read_text().partition("\ndef goingParameters() {")
    assert name
    functions.write_text(before + TABLE + after.partition("\n}\n")[2])
    config = folder / "nextflow.config"
    before, first, after = config.read_text().partition("\nincludeConfig ")
    config.write_text(before + CONFIGURED + first + after)
    return folder / "main.nf"


def said(ended: Ended) -> list[str]:
    return [line for line in ended.said.splitlines() if line.startswith("WARN: --")]


def test_an_old_name_is_taken(lab: Lab, pipeline: Path) -> None:
    ended = lab.run(pipeline=pipeline, outdir=None, target="THERE", fast=True, plan=True)
    assert ended.returncode == 0, ended.said
    assert (lab.folder / "THERE" / "decisions.jsonl").is_file()
    no_effect = "WARN: --fast has no effect any more: leave it out, as it goes with version 0.3.0."
    assert sorted(said(ended)) == sorted([CALLED.format("target", "outdir"), no_effect])


def test_the_new_name_alone_is_taken_without_a_word(lab: Lab, pipeline: Path) -> None:
    ended = lab.run(pipeline=pipeline, max_attempts=0)
    assert "--max_attempts is 0: it must be 1 or more. See --help." in ended.said
    assert said(ended) == []


def test_a_params_file_may_have_the_old_name(lab: Lab, pipeline: Path) -> None:
    (lab.folder / "given.json").write_text('{"most_tries": 0}')
    ended = lab.run("-params-file", "given.json", pipeline=pipeline)
    assert "--max_attempts is 0: it must be 1 or more. See --help." in ended.said
    assert said(ended) == [CALLED.format("most_tries", "max_attempts")]


def test_old_and_new_name_are_refused_together(lab: Lab, pipeline: Path) -> None:
    ended = lab.run(pipeline=pipeline, most_tries=2, max_attempts=5)
    assert ended.returncode == 1
    assert "--most_tries is called --max_attempts now, and both are given: give --max_attempts alone." in ended.said
