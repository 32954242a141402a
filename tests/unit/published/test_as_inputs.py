"""Job files whose inputs are published results."""

import json
from pathlib import Path
from typing import Any

import pytest
from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from support.launches import run_stage, run_stages
from support.publishing import Place
from support.shelf import RATES, Shelf

from analysis_jobs import Job, get_docdb_records_partial, open_source
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.published.as_inputs import ResultsToJobs, dispatch_results
from analysis_jobs.records.notes import MADE_FROM, notes_of
from analysis_jobs.records.read import process_of
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.lineage import made_from, used_by
from analysis_jobs.store.opening import open_store

SESSIONS = [f"s3://in/ecephys_{subject}_2025-06-0{day}_10-20-30/x.nwb" for subject in (701, 702) for day in (1, 2)]


@pytest.fixture
def shelf(place: Place, tmp_path: Path) -> Shelf:
    """Results of four sessions of two subjects, in a folder and SQLite, or S3 and DocDB."""
    shelf = Shelf(open_store(place.store), open_bucket(place.bucket), tmp_path / "results of jobs")
    for number, session in enumerate(SESSIONS):
        shelf.done([session], RATES, {"rate": number}, files={"rates.json": f"[{number}]", "plots/a.png": "\x89PNG"})
    return shelf


def dispatched(shelf: Shelf, folder: Path, *, name: str = "rates", latest: bool = True, **more: Any) -> list[Job]:
    wanted = Wanted(name=name, states=["done"], latest=latest)
    dispatch_results(ResultsToJobs(wanted, jobs=folder, **more), shelf.store)
    files = sorted(folder.glob("*/*.json"), key=lambda path: int(path.parent.name))
    return [read_job(path, path.name) for path in files]


def test_one_job_for_each_result(shelf: Shelf, tmp_path: Path) -> None:
    jobs = dispatched(shelf, tmp_path / "jobs")
    assert [job.sources[0].inputs for job in jobs] == [[session] for session in SESSIONS]
    assert [job.sources[0].outputs for job in jobs] == [{"rate": number} for number in range(4)]
    for number, job in enumerate(jobs):
        (source,) = job.sources
        assert job.inputs == job.s3_location == [source.location]
        assert source.location == shelf.store.recorded([source.key])[source.key].location
        with open_source(source, "rates.json") as file:
            assert json.load(file) == [number]


def test_the_files_that_are_asked_for_are_the_inputs(shelf: Shelf, tmp_path: Path) -> None:
    jobs = dispatched(shelf, tmp_path / "jobs", files=["*.json", "plots/*"])
    for job in jobs:
        (source,) = job.sources
        assert source.files == ["plots/a.png", "rates.json"]
        assert job.inputs == [f"{source.location}/plots/a.png", f"{source.location}/rates.json"]


def test_results_without_such_a_file_are_left_out(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.done(["s3://in/other"], RATES, files={"only.csv": "1"})
    assert len(dispatched(shelf, tmp_path / "jobs", files=["*.json"])) == 4
    assert "left out 1 result (other): no file matches --files *.json" in caplog.text
    with pytest.raises(InvalidInput, match=r"^no result is left for a job; see above"):
        dispatched(shelf, tmp_path / "jobs", files=["*.nothing"])


def test_one_job_for_each_subject(shelf: Shelf, tmp_path: Path) -> None:
    first, second = dispatched(shelf, tmp_path / "jobs", group_by=["subject"])
    assert [source.subject for source in first.sources] == ["701", "701"]
    assert (first.group_metadata, second.group_metadata) == ({"subject": "701"}, {"subject": "702"})
    assert [source.inputs for source in second.sources] == [[session] for session in SESSIONS[2:]]
    assert first.asset_name == ["x.nwb", "x.nwb"]


def test_the_same_results_give_the_same_bytes(shelf: Shelf, tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        return {str(path.relative_to(tmp_path)): path.read_bytes() for path in (tmp_path / "jobs").glob("*/*.json")}

    dispatched(shelf, tmp_path / "jobs", group_by=["subject"])
    before = files()
    dispatched(shelf, tmp_path / "jobs", group_by=["subject"])
    assert files() == before and len(before) == 2


def test_a_newer_result_takes_the_place_of_an_older_one(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = [job.inputs for job in dispatched(shelf, tmp_path / "jobs")]
    newer = shelf.done([SESSIONS[0]], RATES, {"rate": 9}, code="sha256:n3w", ended="2026-02-02T00:00:00+00:00")
    jobs = dispatched(shelf, tmp_path / "jobs")
    assert [job.inputs for job in jobs][1:] == before[1:]
    assert jobs[0].sources[0].key == newer and newer in jobs[0].inputs[0]
    assert "1 result left out, because newer ones replaced them; --all-versions has them" in caplog.text
    assert len(dispatched(shelf, tmp_path / "jobs", latest=False)) == 5


def test_a_job_for_each_parameter_set(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"grid": {"bins": [1, 2]}}')
    jobs = dispatched(shelf, tmp_path / "jobs", group_by=["all"], parameters=tmp_path / "p.json")
    assert [job.distributed_parameters for job in jobs] == [{"bins": 1}, {"bins": 2}]
    assert [len(job.sources) for job in jobs] == [4, 4]


def test_what_is_said_of_it(shelf: Shelf, tmp_path: Path) -> None:
    def said(**more: Any) -> str:
        options = ResultsToJobs(Wanted(name="rates", states=["done"], latest=True), jobs=tmp_path / "jobs", **more)
        return dispatch_results(options, shelf.store)

    assert said() == f"4 job files of 4 results are in {tmp_path}/jobs"
    assert said(group_by=["all"]) == f"1 job file of 4 results is in {tmp_path}/jobs"
    assert said(max_jobs=3) == f"3 job files of 4 results are in {tmp_path}/jobs; --max-jobs 3 left out 1 more"


def test_the_original_reads_these_job_files(shelf: Shelf, tmp_path: Path) -> None:
    dispatched(shelf, tmp_path / "jobs", files=["*.json"], group_by=["subject"])
    for path in (tmp_path / "jobs").glob("*/*.json"):
        read = AnalysisDispatchModel.model_validate_json(path.read_text())
        assert read.docdb_record_id == json.loads(path.read_text())["asset_id"]  # which the first generation wants
        assert read.file_location and len(read.file_location) == 2


def test_of_many_results_that_are_damaged_some_are_named(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(8):
        key = shelf.done([f"s3://in/{number}"], {**RATES, "analysis_name": "gone"})
        shelf.bucket.remove(key, list(shelf.bucket.files(key)))
    with pytest.raises(InvalidInput, match=r"^no result is left for a job; see above"):
        dispatched(shelf, tmp_path / "jobs", name="gone", files=["*"])
    assert caplog.text.count("there is nothing at") == 5
    assert "left out 3 more results for reasons like these" in caplog.text


def test_names_that_there_are_not(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^there is no result of 'rate'; did you mean 'rates'\?$"):
        dispatched(shelf, tmp_path / "jobs", name="rate")
    options = ResultsToJobs(Wanted(name="rates", tag="none", states=["done"]), jobs=tmp_path / "jobs")
    with pytest.raises(InvalidInput, match=r"^no result of 'rates' matches the other options; `analysis-jobs list`"):
        dispatch_results(options, shelf.store)


def test_a_result_that_is_damaged_is_left_out(
    place: Place, shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job, *_ = dispatched(shelf, tmp_path / "jobs")
    key = job.sources[0].key
    shelf.bucket.remove(key, list(shelf.bucket.files(key)))
    assert len(dispatched(shelf, tmp_path / "jobs", files=["*.json"])) == 3
    assert "left out 1 result" in caplog.text and "there is nothing at" in caplog.text


@pytest.mark.parametrize("more", [{}, {"files": ["*.json"]}], ids=["folders", "files"])
def test_results_that_are_gone_are_left_out(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture, more: dict[str, Any]
) -> None:
    key = shelf.done(["s3://in/other"], RATES)
    shelf.bucket.remove(key, list(shelf.bucket.files(key)))
    assert len(dispatched(shelf, tmp_path / "jobs", **more)) == 4
    assert "left out 1 result (other): there is nothing at" in caplog.text


@pytest.mark.parametrize("more", [{}, {"files": ["*.json"]}], ids=["folders", "files"])
@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        ("gs://x", "^the bucket 'gs://x' is of an unknown kind"),
        ("/no/such/folder", "^there is no bucket '/no/such/folder', as no folder is there"),
        ("here", "^no result is left for a job; see above"),
    ],
)
def test_a_bucket_that_has_none_of_them(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: str, said: str, more: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    with pytest.raises(InvalidInput, match=said):
        dispatched(shelf, tmp_path / "jobs", bucket=bucket, **more)
    assert not (tmp_path / "jobs").exists()


def test_an_outdir_that_was_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one given by its name alone: jobs run in other folders."""
    before, after = tmp_path / "before", tmp_path / "after"
    shelf = Shelf(
        open_store(str(tmp_path / "records.sqlite")), open_bucket(str(before / "analyses")), tmp_path / "results"
    )
    key = shelf.done(["s3://in/a"], RATES, files={"rates.json": "[1]"})
    before.rename(after)
    monkeypatch.chdir(tmp_path)
    for number, where in enumerate([{"outdir": Path("after")}, {"bucket": "after/analyses"}]):
        (job,) = dispatched(shelf, tmp_path / str(number), files=["*.json"], **where)
        assert job.s3_location == [str(after / "analyses" / key)]
        assert job.inputs == [str(after / "analyses" / key / "rates.json")]
        with open_source(job.sources[0], "rates.json") as file:
            assert json.load(file) == [1]


def test_a_file_whose_name_no_input_may_have(shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shelf.done(["s3://in/odd"], RATES, files={"a.json ": "1", "b.json": "2"})
    assert len(dispatched(shelf, tmp_path / "jobs", files=["*.json*"])) == 4
    assert (
        "left out 1 result (odd): its file 'a.json ' has a blank at the end, which inputs may not have" in caplog.text
    )
    assert len(dispatched(shelf, tmp_path / "jobs", files=["*.json"])) == 5


OVER = """
from analysis_jobs import GenericModel, open_source, source_outputs

class AnalysisSpecification(GenericModel):
    analysis_name: str = "over"

class AnalysisOutputs(GenericModel):
    total: int
    read: list[int]

def run_analysis(job, specification, results):
    read = [int(open_source(source, "rates.json").read().strip("[]")) for source in job.sources]
    return AnalysisOutputs(total=sum(source_outputs(source)["rate"] for source in job.sources), read=read)
"""


def test_through_the_stages_and_back(place: Place, shelf: Shelf, tmp_path: Path) -> None:
    """The scripts of the stages run an analysis over results; its record and they lead to each other."""
    (job,) = dispatched(shelf, tmp_path / "jobs", group_by=["all"])
    (tmp_path / "over.py").write_text(OVER)
    asked = ["--jobs", tmp_path / "jobs", "--analysis", tmp_path / "over.py", "--session", "s"]
    (tmp_path / "first").mkdir()
    run_stages(tmp_path / "first", *asked, store=place.store, bucket=place.bucket)
    store = open_store(place.store)
    (record,) = get_docdb_records_partial(analysis_name="over", store=store)
    process = process_of(record)
    assert process["output_parameters"] == {"total": 6, "read": [0, 1, 2, 3]}
    assert [asset["url"] for asset in process["code"]["input_data"]] == job.s3_location
    keys = [source.key for source in job.sources]
    assert f"{MADE_FROM}{', '.join(keys)}" in notes_of(record)
    assert list(made_from(record["_id"], job.s3_location, store)) == keys
    assert list(used_by(keys[2], [job.s3_location[2]], store)) == [record["_id"]]
    shelf.done([SESSIONS[2]], RATES, {"rate": 9}, code="sha256:n3w", ended="2026-02-02T00:00:00+00:00")
    (tmp_path / "second").mkdir()
    run_stage("dedupe", *asked, "--store", place.store, "--bucket", place.bucket, "--plan", cwd=tmp_path / "second")
    (line,) = map(json.loads, (tmp_path / "second" / "decisions.jsonl").read_text().splitlines())
    assert (line["decision"], line["key"]) == ("done", record["_id"])
    assert f"made from 4 results, of which newer ones have replaced 1: {keys[2][:12]} by " in line["reason"]
    assert "1 job made from results that newer ones have replaced" in (tmp_path / "second" / "counts.txt").read_text()
