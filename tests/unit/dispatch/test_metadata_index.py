"""Dispatching from a query of the metadata index, and of assets in S3: on a real document database and a real S3."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.dispatched import DERIVED, asset, in_order

from analysis_jobs.dispatch import metadata_index
from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.errors import InvalidInput


def test_a_query_makes_a_job_of_each_asset(index: Any, docdb: DocDBServer):
    index.insert_many([asset("b"), asset("a"), asset("raw", data_level="raw")])
    assert dispatch(Options(docdb_query=json.dumps(DERIVED))) == "2 job files of 2 assets are in jobs"
    assert in_order() == [
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
    assert [job["asset_name"] for job in in_order()] == [[f"{number:02}"] for number in range(8)]
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
    assert [(job["asset_name"], job["group_metadata"]) for job in in_order()] == [
        (["a", "c"], {"subject__subject_id": "7", "session__stage": "x"}),
        (["b"], {"subject__subject_id": "7", "session__stage": "y"}),
    ]
    assert (
        "left out of the jobs: 1 asset without a value of subject.subject_id or session.stage: s3://data/d"
        in caplog.text
    )


def test_asset_ids_of_a_csv_are_looked_up(index: Any, caplog: pytest.LogCaptureFixture):
    known = [asset("a"), asset("b")]
    index.insert_many(known)
    ids = [one["external_links"]["Code Ocean"][0] for one in reversed(known)]
    Path("assets.csv").write_text("\n".join(["asset_id,subject", f"{ids[0]},x", "unknown,x", f"{ids[1]},x", ","]))
    dispatch(Options(csv=Path("assets.csv")))
    assert [job["docdb_record_id"] for job in in_order()] == [["id-b"], ["id-a"]]
    assert "left out of the jobs: 1 asset that the metadata index does not know: unknown" in caplog.text


def test_what_the_database_refuses_is_said(index: Any):
    index.insert_one(asset("a"))
    with pytest.raises(InvalidInput, match=r"the document database refused the query: .*frob"):
        dispatch(Options(docdb_query='{"name": {"$frob": 1}}'))
    with pytest.raises(InvalidInput, match="no asset matches the query"):
        dispatch(Options(docdb_query='{"name": "nobody"}'))
    assert not Path("jobs").exists()
