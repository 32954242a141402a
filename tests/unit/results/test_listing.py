"""`analysis-jobs list` and `state`: every job that a store knows, and which of them a filter leaves."""

import pytest
from support.samples import Connect
from support.shelf import ERROR, RATES, Shelf, command

from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.listing import line_of


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


def test_a_store_that_is_empty(shelf, place, capsys):
    assert command(capsys, "list", *place).out.splitlines() == [
        "key\tstate\tname\ttag\tinputs\tended (UTC)\tseconds\tattempt\tlabel\tsubject\tacquired"
    ]
    assert command(capsys, "list", "--json", *place).out == ""
    assert command(capsys, "state", *place).out == "0 jobs\n"


RAW = "690494_2025-02-04_10-20-30"


def test_what_people_know_jobs_by(shelf: Shelf, connect: Connect, place, capsys):
    """Labels are those among the listed jobs; subjects and dates are in the record alone, too, and in the state."""
    job = {"s3_location": ["s3://b/uuid"], "asset_name": [RAW]}
    done = shelf.done(["s3://b/uuid"], {**RATES, "n": 1}, job=job)
    group = {"subject_id": "7", "session_date": "2025-03-01"}
    grouped = shelf.done(["s3://b/x"], {**RATES, "n": 2}, job={"s3_location": ["s3://b/x"], "group_metadata": group})
    failed = shelf.settled("failed", ["s3://b/y"], {**RATES, "n": 2}, error=ERROR, assets=["asset"], subject="8")
    found = {line["key"]: line for line in command(capsys, "list", "--json", *place).lines}
    assert {key: (found[key]["label"], found[key]["subject"], found[key]["acquired"]) for key in found} == {
        done: (f"{RAW} · n=1", "690494", "2025-02-04T10:20:30"),
        grouped: ("x · n=2", "7", "2025-03-01"),
        failed: ("asset · n=2", "8", ""),
    }
    (alone,) = command(capsys, "list", "--json", "--state", "failed", *place).lines
    assert alone["label"] == "asset"
    records = connect().records([done, grouped])
    alone, other = (line_of(key, records[key], None) for key in (done, grouped))
    assert (alone.subject, alone.acquired) == ("690494", "2025-02-04T10:20:30")
    assert (other.subject, other.acquired) == ("7", "2025-03-01")


def test_jobs_whose_key_goes_by_contents_are_listed_by_where_their_inputs_lie(shelf: Shelf, place, capsys):
    shelf.settled("failed", [f"sha256:{'0a' * 32}"], RATES, error=ERROR, locations=["/data/c"])
    (line,) = command(capsys, "list", *place, "--json").lines
    assert line["inputs"] == ["/data/c"]
    (brief,) = shelf.store.briefs()
    assert brief.inputs == '["/data/c"]'


def test_labels_of_other_analyses_have_no_say(shelf: Shelf, place, capsys):
    shelf.done(["s3://b/x"], {"analysis_name": "one", "n": 1})
    shelf.done(["s3://b/x"], {"analysis_name": "other", "limit": 1})
    assert [line["label"] for line in command(capsys, "list", "--json", *place).lines] == ["x", "x"]


def test_results_of_two_versions_of_the_code_are_told_apart(shelf: Shelf, place, capsys):
    shelf.done(["s3://b/x"], RATES, code="version:1.0")
    shelf.done(["s3://b/x"], RATES, code=f"sha256:{'0a' * 32}")
    shelf.done(["s3://b/y"], RATES, code="version:1.0")
    listed = command(capsys, "list", "--json", *place).lines
    assert {line["label"] for line in listed} == {"x · code 1.0", "x · code 0a0a0a0a", "y"}


def test_documents_of_others_are_survived(connect: Connect, place, capsys):
    connect().insert([{"_id": "foreign", "location": "/nowhere"}, {"_id": "odd", "location": "", "processing": None}])
    lines = {line["key"]: line for line in command(capsys, "list", "--json", *place).lines}
    assert lines.keys() == {"foreign", "odd"}
    assert (lines["foreign"]["name"], lines["foreign"]["inputs"], lines["foreign"]["seconds"]) == ("", [], None)
    assert command(capsys, "show", "foreign", *place).code == 0


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
