"""What an earlier version left in store and bucket is read as it was: tests/data/earlier."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from support.samples import PROJECT, run_script
from support.shelf import command

EARLIER = PROJECT / "tests" / "data" / "earlier"
DONE = "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd"
ADOPTED = "c7c3f9c6b51a928133bf4c81f318eaeb2198a3de0ca1830aeee0b4828f24d652"
EMPTY = "b972ed92c7f51d84c4bc6b25b848d4d45bbcd60ff5e69fb26d43a01d026a99c1"
FAILED = "c474b60d4ef622b0f57da16ca31f771595cdaf039b953527a13ba992ab5c8add"
STATES = {DONE: "done", ADOPTED: "done", EMPTY: "empty", FAILED: "failed"}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it all, in which relative places are found."""
    shutil.copytree(EARLIER, tmp_path / "lab")
    monkeypatch.chdir(tmp_path / "lab")
    return tmp_path / "lab"


@pytest.fixture(params=["sqlite", pytest.param("docdb", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, lab: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "sqlite":
        with closing(sqlite3.connect(lab / "records.sqlite")) as connection, connection:
            connection.executescript((lab / "records.sql").read_text())
        return "records.sqlite"
    docdb: DocDBServer = request.getfixturevalue("docdb")
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    for file, collection in (("records", "results"), ("states", "results_jobs")):
        docdb.collection(collection).insert_many(json.loads((lab / f"docdb_{file}.json").read_text()))
    return "docdb"


def test_every_job_is_listed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = {line["key"]: line for line in command(capsys, "list", "--store", store, "--json").lines}
    assert {key: lines[key]["state"] for key in STATES} == STATES
    (claimed,) = lines.keys() - STATES.keys()
    assert lines[claimed]["state"] == "expired"
    assert lines[FAILED]["message"] == "ValueError: no units in the recording"
    assert lines[DONE]["parameters"] == {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}


def test_a_done_job_is_shown_with_its_files(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = command(capsys, "show", DONE[:8], "--store", store, "--json").lines[0]
    assert shown["record"]["processing"]["data_processes"][0]["output_parameters"]["units"] == {"7": 3, "a.b": 4}
    assert [file["path"] for file in shown["files"]] == ["rates.csv", "analysis.log"]


def test_results_are_found_checked_and_fetched(store: str, lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = ["--store", store, "--bucket", "analyses"]
    assert command(capsys, "fsck", *places).out.endswith("\nbucket and store agree\n")
    assert command(capsys, "get", DONE, "copied", *places).code == 0
    assert (lab / "copied" / "rates.csv").read_text() == "unit,rate\n7,1.5\n"


def test_why_jobs_differ_is_explained(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    fields = command(capsys, "explain", DONE, ADOPTED, "--store", store, "--json").lines[0]["fields"]
    assert [field["field"] for field in fields if field["verdict"] != "same"] == ["code"]


def test_a_launch_does_only_what_is_left(store: str, lab: Path) -> None:
    """The keys are those of then: what is done is done, and what failed is tried once more."""
    flags = ["--jobs", "jobs", "--analysis", "rates.py", "--session", "now", "--store", store, "--bucket", "analyses"]
    ended = run_script("dedupe", *flags, cwd=lab)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in (lab / "decisions.jsonl").read_text().splitlines()]
    decided = {line["key"]: (line["decision"], line.get("attempt")) for line in lines}
    assert decided == {DONE: ("done", None), EMPTY: ("done", 1), FAILED: ("run", 2)}
