"""What each earlier version left in a store and a bucket is read by today's code: tests/data/releases."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.samples import PROJECT, run_script
from support.shelf import command

from analysis_jobs import load_outputs

RELEASES = PROJECT / "tests" / "data" / "releases"
NAMES = sorted(path.parent.name for path in RELEASES.glob("*/records.sqlite"))
# The keys that the first version gave; they are the same in all of them
GOOD = "b55f696f59a01f87e82ae820c6de91a46f547f61020c5b77b7eff30390bf69dd"
EMPTY = "b972ed92c7f51d84c4bc6b25b848d4d45bbcd60ff5e69fb26d43a01d026a99c1"
BAD = "c474b60d4ef622b0f57da16ca31f771595cdaf039b953527a13ba992ab5c8add"


@pytest.fixture(params=NAMES)
def lab(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the launch of that version left it, elsewhere than it was then."""
    lab = tmp_path / "lab"
    shutil.copytree(RELEASES / "inputs", lab)
    shutil.copytree(RELEASES / request.param, lab / "OUT")
    monkeypatch.chdir(lab)
    return lab


def test_there_is_one_of_the_first() -> None:
    assert NAMES[0] == "0.1.0-attempts"
    assert "0.1.0-first" in NAMES


def test_jobs_are_listed(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = {line["key"]: line for line in command(capsys, "list", "--outdir", "OUT", "--json").lines}
    assert len(lines) == 4
    assert {key: lines[key]["state"] for key in (GOOD, EMPTY, BAD)} == {GOOD: "done", EMPTY: "empty", BAD: "failed"}
    assert lines[BAD]["message"] == "ValueError: no units in the recording"
    assert lines[EMPTY]["message"] == "no units"
    assert lines[GOOD]["parameters"] == {"analysis_name": "rates", "analysis_tag": "first", "cutoff": 0.5}


def test_store_and_bucket_agree(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    looked = command(capsys, "fsck", "--outdir", "OUT")
    assert (looked.code, looked.out.splitlines()[-1]) == (0, "bucket and store agree")


def test_outputs_are_loaded(lab: Path) -> None:
    table = load_outputs(store="OUT/records.sqlite").set_index("parameters.cutoff").sort_index()
    assert table["outputs.value"].to_dict() == {0.25: 0.5, 0.5: 1.0}
    assert table["outputs.units.a.b"].tolist() == [4, 4]


def test_files_are_fetched(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "get", GOOD[:8], "copied", "--outdir", "OUT").code == 0
    assert (lab / "copied" / "rates.csv").read_text() == "unit,rate\n7,1.5\n"


def test_one_job_is_shown_and_explained(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = command(capsys, "show", GOOD[:8], "--outdir", "OUT", "--json").lines[0]
    assert shown["record"]["processing"]["data_processes"][0]["output_parameters"]["value"] == 1.0
    (lower,) = {line["key"] for line in command(capsys, "list", "--outdir", "OUT", "--json").lines} - {GOOD, EMPTY, BAD}
    fields = command(capsys, "explain", GOOD, lower, "--outdir", "OUT", "--json").lines[0]["fields"]
    assert [field["field"] for field in fields if field["verdict"] != "same"] == ["parameters.cutoff"]


def test_a_launch_does_only_what_is_left(lab: Path) -> None:
    flags = ["--jobs", "jobs", "--analysis", "rates.py", "--session", "now"]
    ended = run_script("dedupe", *flags, "--store", "OUT/records.sqlite", "--bucket", "OUT/analyses", cwd=lab)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in (lab / "decisions.jsonl").read_text().splitlines()]
    decided = {Path(line["file"]).stem: (line["decision"], line.get("attempt")) for line in lines}
    assert decided["bad"] == ("run", 2)
    assert {name: decision for name, (decision, _) in decided.items() if name != "bad"} == {
        "good": "done",
        "lower": "done",
        "empty": "done",
    }


def test_repair_has_nothing_to_do(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what today's code adds to the store when it writes leaves all of it readable."""
    before = {path: path.read_bytes() for path in (lab / "OUT" / "analyses").rglob("*") if path.is_file()}
    assert command(capsys, "fsck", "--repair", "--outdir", "OUT").code == 0
    assert {path: path.read_bytes() for path in before} == before
    assert command(capsys, "store", "prepare", "OUT/records.sqlite").code == 0
    assert len(command(capsys, "list", "--outdir", "OUT", "--json").lines) == 4
    with closing(sqlite3.connect(lab / "OUT" / "records.sqlite")) as store:
        inputs = store.execute("SELECT url, count(*) FROM record_inputs GROUP BY url").fetchall()
    assert [(url.rstrip("/"), count) for url, count in inputs] == [("s3://recordings/good", 2)]
    assert command(capsys, "launches", "--outdir", "OUT", "--json").code == 0
