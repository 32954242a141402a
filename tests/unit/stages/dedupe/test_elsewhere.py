"""The analysis of a launch in an environment of its own: the same is decided there, by the same keys."""

import json
import sys
from pathlib import Path

import pytest
from support.bare import needs_index
from support.dedupes import Launch
from support.samples import ANALYSIS, job_text, write_files

from analysis_jobs.store.sqlite import SqliteStore

BLOCK = '# /// script\n# dependencies = ["numpy<2.3", "tomli-w==1.1.0"]\n# ///\nimport numpy, tomli_w\n'
SECRET = "s3cret0123456789"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs_index()
    return tmp_path_factory.mktemp("environments")


def test_the_same_is_decided(launch: Launch, cache: Path) -> None:
    """By an analysis that this environment cannot import, and one that it can."""
    jobs = {
        "jobs/c.json": "[]",
        "jobs/d.json": job_text("d", distributed_parameters={"cutoff": 2, "cutof": 1}),
        "jobs/e.json": job_text(f"https://me:{SECRET}@host/x.nwb"),
        "jobs/sub/f.json": job_text("f", distributed_parameters={"cutoff": 3}),
        "lab/units.py": ANALYSIS.replace("0.5", "numpy.float64(0.5).item()").replace("from", "import numpy\nfrom", 1),
        "p.json": '[{"cutoff": 1}, {"cutoff": 0.25}]',
    }
    write_files(launch.folder, jobs)
    more = ["--settings", '{"map": []}', "--plan", "--parameters", launch.folder / "p.json"]
    more += ["--code-version", "1", "--environment-cache", cache]
    assert launch.run(*more).returncode == 0
    here, batches = (launch.work / "decisions.jsonl").read_text(), launch.batches()
    assert launch.about()["environment"]["kind"] == "active"
    source = launch.folder / "lab" / "units.py"
    source.write_text(BLOCK + source.read_text())
    there = launch.run(*more)
    assert (there.returncode, there.stderr) == (0, "")
    assert (launch.work / "decisions.jsonl").read_text() == here
    assert launch.batches() == batches
    about = launch.about()["environment"]
    assert (about["kind"], about["declared"]) == ("auto", "the script block of units.py")
    assert {"tomli-w==1.1.0", "numpy==2.2.6"} <= set(about["packages"])
    assert "jobs run in" in (launch.work / "counts.txt").read_text()
    for path in launch.work.glob("*.*"):
        assert SECRET not in path.read_text(errors="replace")


def test_what_is_wrong_is_said_as_here(launch: Launch, cache: Path) -> None:
    write_files(launch.folder, {"lab/units.py": BLOCK + "import nothing_such\n" + ANALYSIS})
    ended = launch.run("--environment-cache", cache)
    assert ended.returncode == 2
    assert (
        "the analysis units.py cannot be imported: ModuleNotFoundError: No module named 'nothing_such'" in ended.stderr
    )
    assert "; add what provides nothing_such to the script block of units.py, or put it beside" in ended.stderr


def test_older_results_are_compared_there(launch: Launch, cache: Path) -> None:
    write_files(launch.folder, {"lab/units.py": BLOCK + ANALYSIS})
    assert launch.run("--environment-cache", cache).returncode == 0
    assert launch.decisions() == ["run", "run"]
    process = {
        "code": {"url": "x", "version": "abc", "parameters": {"cutoff": 0.5}, "input_data": [{"url": "a"}]},
        "end_date_time": "2026-01-01T00:00:00+00:00",
    }
    record = {"_id": "older", "location": "x", "processing": {"data_processes": [process]}}
    SqliteStore(launch.store).insert([record])
    assert launch.run("--environment-cache", cache, "--plan").returncode == 0
    lines = [json.loads(line) for line in (launch.work / "decisions.jsonl").read_text().splitlines()]
    assert [line.get("older") for line in lines] == [["older"], None]


def test_a_folder_that_is_an_environment(launch: Launch, cache: Path, tmp_path: Path) -> None:
    write_files(launch.folder, {"lab/units.py": BLOCK + ANALYSIS})
    launch.run("--environment-cache", cache)
    place = launch.about()["environment"]["place"]
    assert launch.run("--environment", place).returncode == 0
    about = launch.about()["environment"]
    assert (about["kind"], about["place"]) == ("path", place)
    assert launch.run("--environment", sys.prefix).returncode == 2  # which has no such package
