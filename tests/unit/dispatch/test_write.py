"""Job files under names that are the same the next time, and what becomes of those that are no more."""

from pathlib import Path

import pytest
from support.dispatched import of_csv, written
from support.samples import write_files

from analysis_jobs.dispatch.dispatch import Options, dispatch


def test_names_come_from_inputs_and_parameters_alone(here: Path):
    def names() -> set[str]:
        return {Path(name).name for name in written()}

    of_csv()
    before = names()
    (here / "assets.csv").write_text("s3_location\ns3://b/four\ns3://b/two\ns3://b/one\ns3://b/three/\n")
    of_csv(tasks_per_job=2)
    assert names() == before
    (here / "sets.json").write_text('[{"cutoff": 1}]')
    of_csv(parameters=here / "sets.json")
    assert not names() & before


def test_jobs_that_are_no_more_are_removed_and_strangers_stay(here: Path, caplog: pytest.LogCaptureFixture):
    of_csv()
    write_files(here / "jobs", {"0/mine.json": '{"s3_location": ["x"]}', "notes.txt": ""})
    (here / "assets.csv").write_text("s3_location\ns3://b/one\n")
    dispatch(Options(csv=here / "assets.csv"))
    assert len(written()) == 2
    assert sorted(path.name for path in (here / "jobs").iterdir()) == ["0", "notes.txt"]
    assert "removed 3 job files of an earlier dispatch from jobs" in caplog.text
    assert "jobs holds 1 other job files, which stay: 0/mine.json" in caplog.text


def test_the_same_asset_twice_is_one_job(here: Path, caplog: pytest.LogCaptureFixture):
    (here / "assets.csv").write_text("s3_location,asset_id\ns3://b/one,i\ns3://b/one/,i\n")
    assert [job["asset_id"] for job in of_csv()] == [["i"]]
    assert "left out 1 jobs that are the same as another" in caplog.text
