"""`analysis-jobs list` and `state`: every job that a store knows, and which of them a filter leaves."""

import json
from pathlib import Path

import pytest
from support.samples import Connect
from support.shelf import Shelf, command

from analysis_jobs.records.wanted import Wanted

pytestmark = pytest.mark.filterwarnings("ignore:MongoDB queries may not work as expected:UserWarning")
RATES = {"analysis_name": "rates", "analysis_tag": "v1", "cutoff": 0.5}
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh [red]no[/red]\x1b[31m"}


@pytest.fixture
def jobs(shelf: Shelf) -> dict[str, str]:
    """Keys by what they are of."""
    nested = {"analysis_name": "spikes", "analysis_tag": "0.10", "filter": {"order": 3}, "a.b": {"$c": True}}
    return {
        "old": shelf.done(["s3://in/a/x.nwb"], {**RATES, "cutoff": 1}, ended="2026-01-01T12:00:00+00:00"),
        "new": shelf.done(["s3://in/a/x.nwb"], {**RATES, "cutoff": 1}, code="sha256:n3w"),
        "nested": shelf.done(["/data/b"], nested, ended="2026-01-02T23:59:59.5+00:00"),
        "failed": shelf.settled("failed", ["/data/c"], RATES, 2, error=ERROR, changed="2026-01-03T08:00:00+00:00"),
        "empty": shelf.settled("empty", ["/data/d"], RATES, reason="no units", changed="2026-01-04T00:00:00+00:00"),
        "removed": shelf.settled("done", ["/data/e"], RATES, changed="2026-01-05T00:00:00+00:00"),
        "pending": shelf.claimed(["/data/f"]),
        "expired": shelf.claimed(["/data/g"], hours=0),
    }


def test_all_states(jobs, place, capsys):
    found = {line["key"]: line for line in command(capsys, "list", "--json", *place).lines}
    of = {name: found.pop(key) for name, key in jobs.items()}
    assert found == {}
    states = {name: line["state"] for name, line in of.items()}
    assert states == {"old": "done", "new": "done", "nested": "done"} | {
        name: name for name in ("failed", "empty", "removed", "pending", "expired")
    }
    assert of["old"]["inputs"] == ["s3://in/a/x.nwb"]
    assert (of["old"]["name"], of["old"]["tag"], of["old"]["seconds"], of["old"]["attempt"]) == ("rates", "v1", 10.0, 1)
    assert of["nested"]["parameters"]["a.b"] == {"$c": True}, "names that DocDB refuses come back"
    assert (of["failed"]["attempt"], of["failed"]["error"]) == (2, ERROR)
    assert of["empty"]["message"] == "no units"


def test_the_newest_is_first(jobs, place, capsys):
    keys = [line["key"] for line in command(capsys, "list", "--json", *place).lines]
    names = {key: name for name, key in jobs.items()}
    assert [names[key] for key in keys][2:] == ["removed", "empty", "failed", "nested", "new", "old"]
    newest = command(capsys, "list", "--json", "--limit", 3, *place).lines
    assert [line["key"] for line in newest] == keys[:3]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--name", "spikes"], {"nested"}),
        (["--tag", "0.10"], {"nested"}),
        (["--tag", "0.1"], set()),
        (["--parameter", "cutoff=1.0"], {"old", "new"}),
        (["--parameter", "cutoff=true"], set()),
        (["--parameter", "cutoff=high"], set()),
        (["--parameter", "analysis_tag=0.10"], {"nested"}),
        (["--parameter", "filter.order=3"], {"nested"}),
        (["--parameter", 'filter={"order": 3}'], {"nested"}),
        (["--parameter", "a.b.$c=true"], {"nested"}),
        (["--parameter", "nothing=null"], set()),
        (["--parameter", "cutoff=1", "--parameter", "analysis_tag=v1"], {"old", "new"}),
        (["--input", "in/a"], {"old", "new"}),
        (["--input", "/data/", "--input", "c"], {"failed"}),
        (["--state", "failed", "--state", "removed"], {"failed", "removed"}),
        (["--until", "2026-01-02"], {"old", "new", "nested"}),
        (["--until", "2026-01-02T12:00"], {"old", "new"}),
        (["--since", "2026-01-02", "--until", "2026-01-02"], {"new", "nested"}),
        (["--since", "2026-01-03T09:00:00+01:00", "--until", "2026-01-03T08:00Z"], {"failed"}),
        (["--latest"], {"new", "nested"}),
        (["--latest", "--until", "2026-01-01"], {"old"}),
    ],
)
def test_filters(jobs, place, capsys, options, expected):
    found = {line["key"] for line in command(capsys, "list", "--json", *options, *place).lines}
    assert found == {jobs[name] for name in expected}


def test_lines_for_other_programs(jobs, place, capsys):
    said = command(capsys, "list", *place)
    rows = {row["key"]: row for row in said.rows}
    assert rows.keys() == set(jobs.values())
    assert rows[jobs["old"]] == {
        "key": jobs["old"], "state": "done", "name": "rates", "tag": "v1", "inputs": "s3://in/a/x.nwb",
        "ended (UTC)": rows[jobs["old"]]["ended (UTC)"], "seconds": "10", "try": "1",
    }  # fmt: skip
    assert rows[jobs["old"]]["ended (UTC)"].startswith("2026-01-01T12:00:00")


def test_states_are_counted(jobs, place, capsys):
    said = command(capsys, "state", *place).out.splitlines()
    assert said[0] == "8 jobs: 3 done, 1 empty, 1 failed, 1 pending, 1 expired, 1 removed"
    assert said[1].startswith("claimed: run this-run, 1 jobs, since 20")
    assert (
        said[2] == f"failed 2026-01-03 08:00:00: {jobs['failed'][:12]} analysis: ValueError: oh [red]no[/red]\\x1b[31m"
    )
    (found,) = command(capsys, "state", "--json", *place).lines
    assert found["states"] == {"done": 3, "empty": 1, "failed": 1, "pending": 1, "expired": 1, "removed": 1}
    assert [one["session"] for one in found["claims"]] == ["this-run"]
    assert [one["error"] for one in found["last_failures"]] == [ERROR]


def test_the_state_of_one_job(jobs, place, capsys):
    (state,) = command(capsys, "state", jobs["nested"][:9], "--json", *place).lines
    assert state["parts"]["parameters"]["a.b"] == {"$c": True}
    assert json.loads(command(capsys, "state", jobs["nested"], *place).out) == state


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--state", "faild"], "--state is 'faild'; did you mean 'failed'?"),
        (["list", "--since", "yesterday"], "--since is 'yesterday'; give a date such as 2026-01-31, or"),
        (["list", "--until", "2026-13-01"], "--until is '2026-13-01'; give a date such as"),
        (["list", "--parameter", "cutoff"], "--parameter is 'cutoff'; write NAME=VALUE"),
        (["state", "nokey"], "no job has a key nokey...; `analysis-jobs list` shows them"),
    ],
)
def test_what_is_wrong(shelf, place, capsys, words, said):
    ended = command(capsys, *words, *place)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: {said}")


def test_a_store_that_is_empty(shelf, place, capsys):
    assert command(capsys, "list", *place).out.splitlines() == [
        "key\tstate\tname\ttag\tinputs\tended (UTC)\tseconds\ttry"
    ]
    assert command(capsys, "list", "--json", *place).out == ""
    assert command(capsys, "state", *place).out == "0 jobs\n"


def test_a_store_that_is_not_there(tmp_path: Path, capsys):
    ended = command(capsys, "list", "--outdir", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "there is no store" in ended.err
    assert not (tmp_path / "records.sqlite").exists()


def test_documents_of_others_are_survived(connect: Connect, place, capsys):
    connect().insert([{"_id": "foreign", "location": "/nowhere"}, {"_id": "odd", "location": "", "processing": None}])
    lines = {line["key"]: line for line in command(capsys, "list", "--json", *place).lines}
    assert lines.keys() == {"foreign", "odd"}
    assert (lines["foreign"]["name"], lines["foreign"]["inputs"], lines["foreign"]["seconds"]) == ("", [], None)
    assert command(capsys, "show", "foreign", *place).code == 0


def test_a_service_that_does_not_answer(docdb, monkeypatch, capsys):
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": "0.1"}.items():
        monkeypatch.setenv(name, value)
    docdb.faults.fail(503, 50)
    ended = command(capsys, "list", "--store", "docdb")
    docdb.clear()
    assert (ended.code, ended.out) == (75, "")
    assert "did not answer" in ended.err


def test_pages_of_large_records(shelf: Shelf, docdb, place, capsys):
    """More than the service answers at once: 40 records of half a megabyte."""
    if place[1] != "docdb":
        pytest.skip("SQLite has no pages")
    (record,) = shelf.store.records([shelf.done(["/data/a"], RATES)]).values()
    record["processing"]["data_processes"][0]["output_parameters"] = {"large": "x" * 500_000}
    shelf.store.insert({**record, "_id": f"{number:02}"} for number in range(40))
    docdb.requests.clear()
    assert len(command(capsys, "list", "--json", *place).lines) == 41
    assert max(request.answer for request in docdb.requests) < 100_000, "outputs were read"
    assert len({record["_id"] for record in shelf.store.search(Wanted(name="rates"))}) == 41
