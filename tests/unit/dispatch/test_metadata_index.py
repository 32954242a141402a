"""Dispatching from a query of the metadata index, and of assets in S3: on a real document database and a real S3."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from analysis_pipeline_utils.analysis_dispatch_model import AnalysisDispatchModel
from fakes.docdb import DocDBServer
from fakes.s3 import PUBLIC, S3Server

from analysis_jobs.dispatch import metadata_index
from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files

DERIVED = {"data_level": "derived"}


def asset(name: str, **more: Any) -> dict[str, Any]:
    code_ocean = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    return {
        "_id": f"id-{name}",
        "name": name,
        "location": f"s3://data/{name}",
        "external_links": {"Code Ocean": [code_ocean]},
        **DERIVED,
        **more,
    }


@pytest.fixture
def index(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The collection of the metadata index; tests run in an empty folder."""
    for name, value in docdb.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    docdb.empty()
    yield docdb._mongo.client[metadata_index.DATABASE][metadata_index.COLLECTION]
    docdb.empty()


def written() -> list[dict[str, Any]]:
    """Return the jobs in their order, having seen that we and the original's own library take them."""
    jobs = {}
    for file in find_job_files(Path("jobs"))[0]:
        ours = read_job(file.path, file.name)
        theirs = AnalysisDispatchModel.model_validate_json(file.path.read_bytes())
        jobs[file.name] = theirs.model_dump(exclude_none=True)
        assert (theirs.file_location or theirs.s3_location) == ours.inputs
    return [jobs[name] for name in sorted(jobs, key=lambda name: int(name.partition("/")[0]))]


def test_a_query_makes_a_job_of_each_asset(index: Any, docdb: DocDBServer):
    index.insert_many([asset("b"), asset("a"), asset("raw", data_level="raw")])
    assert dispatch(Options(docdb_query=json.dumps(DERIVED))) == "2 job files of 2 assets are in jobs"
    assert written() == [
        {
            "s3_location": [f"s3://data/{name}"],
            "asset_name": [name],
            "docdb_record_id": [f"id-{name}"],
            "query": json.dumps(DERIVED),
        }
        for name in "ab"
    ]
    assert {request.endpoint for request in docdb.requests} == {"aggregate"}


def test_the_command_with_a_query_from_a_file(index: Any, docdb: DocDBServer):
    index.insert_many([asset("a"), asset("b")])
    Path("query.json").write_text(json.dumps(DERIVED))
    command = ["analysis-jobs", "dispatch", "--docdb_query=query.json", "--tasks_per_job=2"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "2 job files of 2 assets are in jobs\n"), ended.stderr
    assert len(list(Path("jobs/0").iterdir())) == 2


def test_many_assets_come_in_pages(index: Any, docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(metadata_index, "ASSETS_A_PAGE", 3)
    index.insert_many([asset(f"{number:02}") for number in range(8)])
    dispatch(Options(docdb_query="{}"))
    assert [job["asset_name"] for job in written()] == [[f"{number:02}"] for number in range(8)]
    assert len(docdb.requests) == 4  # one looks whether anybody is there


def test_group_by_fields_of_records(index: Any, caplog: pytest.LogCaptureFixture):
    def of(subject: str | None, stage: str) -> dict[str, Any]:
        return {"subject": {"subject_id": subject}, "session": {"stage": stage}}

    index.insert_many(
        [
            asset("a", **of("7", "x")),
            asset("b", **of("7", "y")),
            asset("c", **of("7", "x")),
            asset("d", **of(None, "x")),
        ]
    )
    dispatch(Options(docdb_query="{}", group_by=["subject.subject_id", "session.stage"]))
    assert [(job["asset_name"], job["group_metadata"]) for job in written()] == [
        (["a", "c"], {"subject__subject_id": "7", "session__stage": "x"}),
        (["b"], {"subject__subject_id": "7", "session__stage": "y"}),
    ]
    assert "left out 1 assets without a value of subject.subject_id or session.stage: s3://data/d" in caplog.text


def test_asset_ids_of_a_csv_are_looked_up(index: Any, caplog: pytest.LogCaptureFixture):
    known = [asset("a"), asset("b")]
    index.insert_many(known)
    ids = [one["external_links"]["Code Ocean"][0] for one in reversed(known)]
    Path("assets.csv").write_text("\n".join(["asset_id,subject", f"{ids[0]},x", "unknown,x", f"{ids[1]},x", ","]))
    dispatch(Options(csv=Path("assets.csv")))
    assert [job["docdb_record_id"] for job in written()] == [["id-b"], ["id-a"]]
    assert "left out 1 assets that the metadata index does not know: unknown" in caplog.text


def test_what_the_database_refuses_is_said(index: Any):
    index.insert_one(asset("a"))
    with pytest.raises(InvalidInput, match=r"the document database refused the query: .*frob"):
        dispatch(Options(docdb_query='{"name": {"$frob": 1}}'))
    with pytest.raises(InvalidInput, match="no asset matches the query"):
        dispatch(Options(docdb_query='{"name": "nobody"}'))
    assert not Path("jobs").exists()


@pytest.fixture(scope="module")
def data(s3: S3Server) -> S3Server:
    s3.make_bucket("data")
    for key in ("a/1.nwb", "a/nwb/2.nwb", "b/3.nwb/x/0.0", "b/3.nwb/.zattrs", "c/notes.txt"):
        s3.client().put_object(Bucket="data", Key=key, Body=b"")
    return s3


@pytest.mark.parametrize("who", ["environment", "reader_environment"])
def test_files_of_assets_in_s3(index: Any, data: S3Server, monkeypatch: pytest.MonkeyPatch, who: str):
    for name, value in getattr(data, who).items():
        monkeypatch.setenv(name, value)
    index.insert_many([asset(name) for name in "abc"])
    dispatch(Options(docdb_query="{}", file_extension=".nwb"))
    found = [job["file_location"] for job in written()]
    assert found == [["s3://data/a/1.nwb"], ["s3://data/a/nwb/2.nwb"], ["s3://data/b/3.nwb"]]
    dispatch(Options(docdb_query="{}", file_extension=".nwb", split_files=False))
    assert [len(job["file_location"]) for job in written()] == [2, 1]


def test_glob_in_s3(data: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    for name, value in data.environment.items():
        monkeypatch.setenv(name, value)

    def of(pattern: str) -> list[str]:
        dispatch(Options(glob=pattern))
        return sorted(read_job(file.path, file.name).inputs[0] for file in find_job_files(Path("jobs"))[0])

    assert of("s3://data/*/") == ["s3://data/a", "s3://data/b", "s3://data/c"]
    assert of("s3://data/a/**/*.nwb") == ["s3://data/a/1.nwb", "s3://data/a/nwb/2.nwb"]
    with pytest.raises(InvalidInput, match="nothing matches"):
        of("s3://data/x*")
    with pytest.raises(InvalidInput, match=r"nothing (at|matches)"):
        of("s3://no-such-bucket/*")


def test_a_public_bucket_needs_no_credentials(s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    s3.client().put_object(Bucket=PUBLIC, Key="dispatched/a/1.nwb", Body=b"")
    nobody = {name: value for name, value in s3.environment.items() if "_KEY" not in name}
    nobody["PATH"] = os.environ["PATH"]
    command = ["analysis-jobs", "dispatch", f"--glob=s3://{PUBLIC}/dispatched/*", "--file-extension=.nwb"]
    ended = subprocess.run(command, cwd=tmp_path, env=nobody, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, "1 job files of 1 assets are in jobs\n"), ended.stderr
