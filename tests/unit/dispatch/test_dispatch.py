"""Job files for assets from a CSV and from a glob: what is in them, where they lie, what users are told."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.samples import write_files

from analysis_jobs.dispatch.dispatch import Options, dispatch
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files

CSV = """s3_location,asset_name,docdb_record_id,subject
s3://b/one,First,r1,mouse
s3://b/two/,,r2,mouse
s3://b/three,Third,r3,rat
,,r4,rat
s3://b/four,Fourth,r5,
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_files(tmp_path, {"assets.csv": CSV})


def written(folder: Path = Path("jobs")) -> dict[str, dict[str, Any]]:
    """Return job files by name, having seen that the pipeline takes them."""
    files, _ = find_job_files(folder)
    for file in files:
        read_job(file.path, file.name)
    return {file.name: json.loads(file.path.read_text()) for file in files}


def of_csv(**options: Any) -> list[dict[str, Any]]:
    dispatch(Options(csv=Path("assets.csv"), **options))
    jobs = written()
    return [jobs[name] for name in sorted(jobs, key=lambda name: int(name.partition("/")[0]))]


def test_one_job_for_each_asset_of_a_csv(here: Path):
    assert of_csv()[:2] == [
        {"s3_location": ["s3://b/one"], "asset_name": ["First"], "docdb_record_id": ["r1"]},
        {"s3_location": ["s3://b/two/"], "asset_name": ["two"], "docdb_record_id": ["r2"]},
    ]
    assert [name.partition("/")[0] for name in sorted(written())] == ["0", "1", "2", "3"]


def test_dispatching_twice_writes_the_same_files(here: Path):
    of_csv()
    before = written()
    said = subprocess.run(
        ["analysis-jobs", "dispatch", "--csv", "assets.csv"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "4 job files of 4 assets are in jobs\n"
    assert said.stderr == ""
    assert written() == before


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


def test_parameter_sets_tasks_per_job_and_the_most_jobs(here: Path):
    sets = {"fixed_parameters": {"name": "x"}, "distributed_parameters": [{"cutoff": 1}, {"cutoff": 2}]}
    (here / "sets.json").write_text(json.dumps(sets))
    said = dispatch(Options(csv=here / "assets.csv", parameters=here / "sets.json", tasks_per_job=2, max_jobs=5))
    assert said == "5 job files of 4 assets are in jobs; --max-jobs 5 left out 3 more"
    assert [name.partition("/")[0] for name in sorted(written())] == ["0", "0", "1", "1", "2"]
    assert [job["distributed_parameters"] for job in written().values()].count({"cutoff": 1}) == 3


def test_group_by_a_column(here: Path, caplog: pytest.LogCaptureFixture):
    mice, rats = of_csv(group_by=["subject"])
    assert mice["s3_location"] == ["s3://b/one", "s3://b/two/"]
    assert mice["group_metadata"] == {"subject": "mouse"}
    assert rats["docdb_record_id"] == ["r3"]
    assert "left out 1 assets without a value of subject: s3://b/four" in caplog.text


def test_the_same_asset_twice_is_one_job(here: Path, caplog: pytest.LogCaptureFixture):
    (here / "assets.csv").write_text("s3_location,asset_id\ns3://b/one,i\ns3://b/one/,i\n")
    assert [job["asset_id"] for job in of_csv()] == [["i"]]
    assert "left out 1 jobs that are the same as another" in caplog.text


@pytest.fixture
def sessions(here: Path) -> Path:
    """Four assets: with two files, with a Zarr store that holds a lure, with none, and a file itself."""
    names = ["a/1.nwb", "a/deep/2.nwb", "a/notes.txt", "b/3.nwb/x/lure.nwb", "b/raw.zarr/lure.nwb", "c/x.txt", "4.nwb"]
    return write_files(here / "sessions", dict.fromkeys(names, ""))


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
    assert f"left out 1 assets without any *.nwb: {sessions / 'c'}" in caplog.text


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


def test_options_as_the_original_spells_them(sessions: Path):
    options = ["--glob=sessions/*", "--file_extension=.nwb", "--split_files=0", "--tasks_per_job=2"]
    options += ["--max_number_of_tasks_dispatched=2", "--output_directory=elsewhere"]
    subprocess.run(["analysis-jobs", "dispatch", *options], check=True)
    assert len(list((sessions.parent / "elsewhere" / "0").iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give one source of assets"),
        ({"csv": Path("assets.csv"), "glob": "*"}, "give one source of assets"),
        ({"csv": Path("none.csv")}, "none.csv cannot be read: No such file"),
        ({"csv": Path("empty.csv")}, "lists no asset in a column s3_location or asset_id; its columns are: x"),
        ({"csv": Path("latin.csv")}, "no CSV in UTF-8"),
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
    write_files(here, {"empty.csv": "x\n1\n", "fixed.json": '{"a": 1}'})
    (here / "latin.csv").write_bytes("s3_location\nb/ä\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match=said):
        dispatch(Options(**options))
    assert not Path("jobs").exists()
