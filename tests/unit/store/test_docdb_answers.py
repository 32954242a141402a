"""Answers of DocDB that are odd, and documents at its limits: one document's trouble is that document's alone."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.shelf import command

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.results.query import get_docdb_records_partial
from analysis_jobs.results.table import load_outputs
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state

PARTS = {"key_version": 1, "inputs": ["in"], "parameters": {"a.b": 1}, "code": "sha256:c0de"}
MEGABYTE = 1_000_000


@pytest.fixture
def retry_seconds() -> str:
    return "0.3"


def record(key: str, outputs: Any = None, **code: Any) -> dict[str, Any]:
    process = {"name": "rates", "code": code, "output_parameters": outputs or {"n": 1}}
    return {"_id": key, "location": f"/bucket/{key}", "processing": {"data_processes": [process]}}


@pytest.mark.parametrize(
    "body", [b"<html>wait</html>", b"", b"null", b'{"message": "no"}', b"[1]", b'[{"a": 1}]', b"[{"]
)
def test_what_is_no_list_of_documents(server: DocDBServer, store: Store, body: bytes) -> None:
    server.faults.says["aggregate"] = body
    with pytest.raises(ServiceUnavailable, match=r"did not answer for 0.3 s: an answer that is not (JSON|a list)"):
        store.recorded(["k"])


@pytest.mark.parametrize("body", [b"", b"done", b"null", b"[]", b'{"acknowledged": true}', b'{"writeErrors": [1]}'])
def test_what_was_written_is_seen_in_the_documents(server: DocDBServer, store: Store, body: bytes) -> None:
    server.faults.says["bulk_write"] = body
    assert store.insert([record("k"), record("k2")]) == {}
    assert store.claim([new_state("k", "withdrawn", 1, PARTS)], {}) == {"k"}


def test_what_was_said_to_be_written_and_is_not(server: DocDBServer, store: Store) -> None:
    server.faults.fail(200, endpoint="bulk_write")
    assert store.insert([record("k")]) == {"k": "the database accepted it, but does not have it"}


def test_a_refusal_that_is_a_success_by_its_status(server: DocDBServer, store: Store) -> None:
    server.faults.says["bulk_write"] = b'{"errorMessage": "Task timed out"}'
    refused = store.settle([new_state("k", "done", 1, PARTS)], "a")
    assert refused == {"k": 'HTTP 200: {"errorMessage": "Task timed out"}'}


@pytest.mark.parametrize(
    ("outputs", "said"),
    [({"n": 2**70}, "8-byte ints"), ({"text": "x" * 11 * MEGABYTE}, "HTTP 413")],
    ids=["int", "size"],
)
def test_a_document_that_cannot_be_stored(store: Store, outputs: dict[str, Any], said: str) -> None:
    refused = store.insert([record("1"), record("2", outputs), record("3")])
    assert refused.keys() == {"2"}
    assert said in refused["2"]
    assert store.recorded(["1", "2", "3"]).keys() == {"1", "3"}


def test_names_numbers_and_times_that_databases_change(server: DocDBServer, store: Store) -> None:
    outputs = {
        "a.b": {"$c": float("nan")},
        "long": 2**62,
        "": "\u0000\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    }
    assert store.insert([record("k", outputs)]) == {}
    found = store.records(["k"])["k"]["processing"]["data_processes"][0]["output_parameters"]
    assert found.keys() == outputs.keys()
    assert str(found["a.b"]["$c"]) == "nan"
    assert (found["long"], found[""]) == (2**62, outputs[""])


def test_others_keep_other_documents_in_the_same_collection(
    server: DocDBServer, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    theirs = [
        {"name": "with an ObjectId"},
        {"_id": "a", "anything": [1, {"else": when}]},
        {
            "_id": "b",
            "processing": {"data_processes": [{"start_date_time": when, "code": {"version": 3, "url": None}}]},
        },
        {"_id": "c", "processing": {"data_processes": []}, "location": None},
    ]
    server.collection("results").insert_many(theirs)
    store.insert([record("k")])
    said = command(capsys, "list", "--json", "--store", "docdb")
    assert (said.code, said.err) == (0, "")
    assert {line["key"] for line in said.lines} == {"a", "b", "c", "k"}
    for key in ("a", "b", "c"):
        assert command(capsys, "show", key, "--store", "docdb").code == 0
    assert len(load_outputs(store=store)) == 2


@pytest.fixture
def large(server: DocDBServer, store: Store) -> str:
    """The key of a record among others that can be written, and is too large to be read in one answer."""
    key = "large"
    assert store.insert([record("before"), record(key, parameters={"x": "x" * 7 * MEGABYTE}), record("later")]) == {}
    return key


def test_a_record_that_no_answer_can_hold(
    store: Store,
    large: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = ("--store", "docdb")
    said = command(capsys, "list", "--json", *place)
    assert (said.code, {line["key"] for line in said.lines}) == (1, {"before", "later"})
    assert f"the record {large} in analysis/results at " in caplog.text
    assert "is damaged: it is too large for an answer of the database; " in caplog.text
    said = command(capsys, "show", large, *place)
    assert (said.code, said.err.count("too large")) == (2, 1)
    assert command(capsys, "show", "later", *place).code == 0
    assert [one["_id"] for one in get_docdb_records_partial(store=store)] in (["before", "later"], ["later", "before"])
    assert command(capsys, "export", tmp_path / "out.csv", *place).code == 1
    assert store.recorded([large, "later"]).keys() == {large, "later"}


def test_a_state_that_no_answer_can_hold(
    store: Store, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    huge = {**PARTS, "parameters": {"x": "x" * 7 * MEGABYTE}}
    assert store.claim([new_state("a", "done", 1, PARTS), new_state("b", "done", 1, huge)], {}) == {"a", "b"}
    said = command(capsys, "list", "--json", "--store", "docdb")
    assert (said.code, [line["key"] for line in said.lines]) == (1, ["a"])
    assert "the job state b in analysis/results_jobs at " in caplog.text
