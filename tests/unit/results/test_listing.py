"""`analysis-jobs list` and `state`: every job that a store knows, and which of them a filter leaves."""

import pytest
from support.samples import Connect
from support.shelf import ERROR, RATES, Shelf, command

from analysis_jobs.records.wanted import Wanted


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
        "key\tstate\tname\ttag\tinputs\tended (UTC)\tseconds\ttry"
    ]
    assert command(capsys, "list", "--json", *place).out == ""
    assert command(capsys, "state", *place).out == "0 jobs\n"


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
