"""Job files under names that are the same the next time, and what becomes of those that are no more."""

from pathlib import Path

import pytest
from support.dispatched import of_csv, written
from support.samples import write_files

from analysis_jobs import Job
from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.dispatch.write import write_every
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.json_files import LARGEST_FILE


def test_names_come_from_inputs_and_parameters_alone(here: Path):
    def names() -> set[str]:
        return {Path(name).name for name in written()}

    of_csv()
    before = names()
    (here / "assets.csv").write_text("s3_location\ns3://b/four\ns3://b/two\ns3://b/one\ns3://b/three/\n")
    of_csv(jobs_per_task=2)
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
    assert "jobs holds 1 other job file, left in place: 0/mine.json" in caplog.text


def test_a_place_that_is_no_folder(here: Path):
    (here / "jobs").write_text("")
    with pytest.raises(InvalidInput, match=r"^job files cannot be written to jobs: File exists; give --jobs another"):
        of_csv()


def test_the_same_asset_twice_is_one_job(here: Path, caplog: pytest.LogCaptureFixture):
    (here / "assets.csv").write_text("s3_location,asset_id\ns3://b/one,i\ns3://b/one/,i\n")
    assert [job["asset_id"] for job in of_csv()] == [["i"]]
    assert "left out 1 job, the same as another" in caplog.text


def test_many_jobs_are_counted(tmp_path: Path):
    jobs = [Job(s3_location=[f"s3://b/{number}"]) for number in range(3)]
    assert write_every(jobs, [{"a": 1}, {"a": 2}], tmp_path / "jobs", 1, None) == (6, 0)
    assert write_every(jobs, [], tmp_path / "jobs", 1, 2) == (2, 1)
    assert len(list(tmp_path.glob("jobs/*/*.json"))) == 2


def test_a_job_that_is_made_from_too_much(tmp_path: Path):
    source = {"key": "k", "location": "/b/k", "parameters": {"text": "x" * (LARGEST_FILE // 2)}}
    job = Job.model_validate({"s3_location": ["/b/k"], "sources": [source, source]})
    small = Job(s3_location=["/b/small"])
    write_every([small], [], tmp_path / "jobs", 1, None)
    before = written(tmp_path / "jobs")
    with pytest.raises(InvalidInput, match=r"made from 2 results and would have 10\.0 MB, more than the 10\.0 MB"):
        write_every([Job(s3_location=["/b/other"]), job], [], tmp_path / "jobs", 1, None)
    assert written(tmp_path / "jobs") == before


def test_after_one_that_was_ended_halfway(tmp_path: Path) -> None:
    jobs = [Job(s3_location=["/b/a"]), Job(s3_location=["/b/b"])]
    write_every(jobs, [], tmp_path / "jobs", 1, None)
    (tmp_path / "jobs" / ".dispatching").touch()
    with pytest.raises(InvalidInput, match="`analysis-jobs dispatch` is replacing the job files there"):
        written(tmp_path / "jobs")
    write_every(jobs[:1], [], tmp_path / "jobs", 1, None)
    assert [job["s3_location"] for job in written(tmp_path / "jobs").values()] == [["/b/a"]]
