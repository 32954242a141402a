"""Job files for assets from a CSV and from a glob: what is in them, where they lie, what users are told."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.dispatched import of_csv, written
from support.samples import write_files

from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.errors import InvalidInput


def test_parameter_sets_jobs_per_task_and_the_most_jobs(here: Path):
    sets = {"fixed_parameters": {"name": "x"}, "distributed_parameters": [{"cutoff": 1}, {"cutoff": 2}]}
    (here / "sets.json").write_text(json.dumps(sets))
    said = dispatch(Options(csv=here / "assets.csv", parameters=here / "sets.json", jobs_per_task=2, max_jobs=5))
    assert said == "5 job files of 4 assets are in jobs; --max-jobs 5 left out 3 more"
    assert [name.partition("/")[0] for name in sorted(written())] == ["0", "0", "1", "1", "2"]
    assert [job["distributed_parameters"] for job in written().values()].count({"cutoff": 1}) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give one source of assets"),
        ({"csv": Path("assets.csv"), "glob": "*"}, "give one source of assets"),
        ({"csv": Path("none.csv")}, "none.csv cannot be read: No such file"),
        ({"csv": Path("pipe.csv")}, "pipe.csv cannot be read: it is a pipe, not a file; give --csv a CSV file"),
        ({"csv": Path("empty.csv")}, "lists no asset in a column s3_location or asset_id; its columns are: x"),
        ({"csv": Path("latin.csv")}, "not a CSV in UTF-8"),
        ({"csv": Path("assets.csv"), "group_by": ["colour"]}, "no asset is left"),
        ({"csv": Path("assets.csv"), "parameters": Path("fixed.json")}, "has no distributed parameters"),
        ({"csv": Path("assets.csv"), "group_by": ["subject"], "split_files": True}, "give one of them"),
        ({"glob": "*.nothing"}, "nothing matches --glob"),
        ({"glob": "*", "group_by": ["subject"]}, "--glob has neither"),
        ({"glob": "odd://x/*"}, "Protocol not known: odd"),
        ({"docdb_query": "{a: 1}"}, "--docdb-query is not JSON"),
        ({"docdb_query": "[]"}, "holds a JSON list"),
        ({"docdb_query": "none.json"}, "none.json does not exist"),
    ],
)
def test_what_is_wrong_is_said(here: Path, options: dict[str, Any], said: str):
    os.mkfifo(here / "pipe.csv")
    write_files(here, {"empty.csv": "x\n1\n", "fixed.json": '{"a": 1}'})
    (here / "latin.csv").write_bytes("s3_location\nb/ä\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match=said):
        dispatch(Options(**options))
    assert not Path("jobs").exists()


def files(sessions: Path) -> list[list[str]]:
    found = [job.get("file_location") or [] for job in written().values()]
    return sorted([str(Path(one).relative_to(sessions)) for one in some] for some in found)


def test_glob_of_folders(sessions: Path):
    dispatch(Options(glob="sessions/*"))
    assert sorted(job["s3_location"] for job in written().values()) == [
        [str(path)] for path in sorted(sessions.iterdir())
    ]


def test_file_extension_makes_a_job_of_each_file(sessions: Path, caplog: pytest.LogCaptureFixture):
    dispatch(Options(glob="sessions/*", file_extension=".nwb"))
    assert files(sessions) == [["4.nwb"], ["a/1.nwb"], ["a/deep/2.nwb"], ["b/3.nwb"]]
    assert f"left out of the jobs: 1 asset without any *.nwb: {sessions / 'c'}" in caplog.text


def test_files_of_an_asset_in_one_job(sessions: Path):
    dispatch(Options(glob="sessions/*", file_extension="*.nwb", split_files=False))
    assert files(sessions) == [["4.nwb"], ["a/1.nwb", "a/deep/2.nwb"], ["b/3.nwb"]]


def test_files_of_a_group_in_one_job(sessions: Path):
    table = "s3_location,asset_id,kind\nsessions/a,i,x\nsessions/c,j,x\nsessions/b,k,x\nsessions/none,l,x\n"
    (sessions.parent / "assets.csv").write_text(table)
    (job,) = of_csv(group_by=["kind"], file_extension=".nwb")
    assert files(sessions) == [["a/1.nwb", "a/deep/2.nwb", "b/3.nwb"]]
    assert job["s3_location"] == [str(sessions / "a"), str(sessions / "b")]
    assert job["asset_id"] == ["i", "k"]
