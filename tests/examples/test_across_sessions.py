"""The example of an analysis over sessions: each session, then the job file of their results, then all of them."""

import csv
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from support.shelf import Shelf

from analysis_jobs import Job, NothingToReport
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.jobs.job import read_job
from analysis_jobs.published.as_inputs import ResultsToJobs, dispatch_results
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.store.opening import open_store

EXAMPLE = Path(__file__).parents[2] / "examples" / "across_sessions"


def analysis(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_of_the_example", EXAMPLE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


each, over = analysis("each_session"), analysis("over_sessions")
SPIKES = {
    "steady.nwb": {"0": np.arange(0.5, 120, 1.0)},
    "silent later.nwb": {"0": np.arange(0.5, 60, 0.5), "1": np.append(np.arange(0, 60, 0.25), 119.0)},
}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The results of two sessions, published."""
    monkeypatch.setattr(each, "spike_times", lambda recording: SPIKES[Path(recording).name])
    shelf = Shelf(open_store(str(tmp_path / "records.sqlite")), open_bucket(str(tmp_path / "analyses")), tmp_path / "r")
    for name in SPIKES:
        results = tmp_path / name
        results.mkdir()
        parameters = each.AnalysisSpecification()
        outputs = each.run_analysis(Job(s3_location=[f"/data/{name}"]), parameters, results)
        files = {"rates.json": (results / "rates.json").read_text()}
        shelf.done([f"/data/{name}"], parameters.model_dump(), outputs.model_dump(), files=files)
    return shelf


def test_rates_of_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each, "spike_times", lambda recording: SPIKES["silent later.nwb"])
    outputs = each.run_analysis(Job(s3_location=["x"]), each.AnalysisSpecification(), tmp_path)
    rates = json.loads((tmp_path / "rates.json").read_text())["rates_hz"]
    assert rates == {"0": [119 / 60], "1": [4.0, 1 / 60]}
    assert (outputs.units, outputs.mean_rate_hz) == (2, pytest.approx((119 / 60 + 2 + 1 / 120) / 2))


def test_a_session_without_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(each, "spike_times", lambda recording: {})
    with pytest.raises(NothingToReport, match="no unit fired"):
        each.run_analysis(Job(s3_location=["x"]), each.AnalysisSpecification(), tmp_path)
    with pytest.raises(ValueError, match="one recording, not 2"):
        each.run_analysis(Job(s3_location=["x", "y"]), each.AnalysisSpecification(), tmp_path)


def test_over_the_results_of_sessions(shelf: Shelf, tmp_path: Path) -> None:
    wanted = Wanted(name="session rates", states=["done"], latest=True)
    dispatch_results(ResultsToJobs(wanted, group_by=["all"], jobs=tmp_path / "jobs"), shelf.store)
    (path,) = (tmp_path / "jobs").glob("*/*.json")
    job, results = read_job(path, path.name), tmp_path / "over"
    results.mkdir()
    outputs = over.run_analysis(job, over.AnalysisSpecification(), results)
    lines = list(csv.DictReader((results / "sessions.csv").read_text().splitlines()))
    assert [(line["session"], line["units"]) for line in lines] == [("silent later.nwb", "2"), ("steady.nwb", "1")]
    assert (outputs.sessions, outputs.steadiest) == (2, "steady.nwb")
    assert outputs.mean_rate_hz == pytest.approx(np.mean([float(line["mean_rate_hz"]) for line in lines]))


def test_a_job_that_is_made_from_no_results(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="made from no results; write its job files with `analysis-jobs dispatch"):
        over.run_analysis(Job(s3_location=["x"]), over.AnalysisSpecification(), tmp_path)
