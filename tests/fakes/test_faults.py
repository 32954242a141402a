"""The document database of tests falters as it is asked to."""

import time

import pytest
import requests
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import at_once, ids, status, update

from fakes.docdb import DocDBServer
from fakes.processes import wait_until


def test_docdb_fails_on_request(client: AnalysisDbClient, empty: DocDBServer) -> None:
    for code in (429, 500, 503):
        empty.faults.fail(code)
        assert status(lambda: client.insert_one_docdb_record({"_id": "a"})) == code
    assert empty.collection("records").count_documents({}) == 0
    assert client.retrieve_docdb_records() == []


def test_docdb_fails_as_often_and_where_it_is_asked_to(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.faults.fail(503, 2, endpoint="bulk_write", collection="records")
    others = AnalysisDbClient(empty.host, "others", boto=client.boto)
    assert client.retrieve_docdb_records() == []
    assert others._bulk_write([update("a", n=1)]).status_code == 200
    assert [client._bulk_write([update("a", n=1)]).status_code for _ in range(3)] == [503, 503, 200]
    assert empty.faults.pending == 0


def test_docdb_fails_now_and_then(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.faults.fail_every(3, 429, 503)
    said = [client._bulk_write([update("a", n=1)]).status_code for _ in range(9)]
    assert said == [200, 200, 503, 200, 200, 429, 200, 200, 503]
    empty.faults.clear()
    assert {client._bulk_write([update("a", n=1)]).status_code for _ in range(3)} == {200}


def test_docdb_may_do_it_and_say_that_it_failed(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.faults.fail(504, executed=True)
    assert status(lambda: client.insert_one_docdb_record({"_id": "a"})) == 504
    empty.faults.drop(executed=True)
    with pytest.raises(requests.ConnectionError):
        client.insert_one_docdb_record({"_id": "b"})
    assert ids(client.retrieve_docdb_records()) == ["a", "b"]


def test_docdb_drops_connections(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.faults.drop(2, endpoint="insert_one")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            client.insert_one_docdb_record({"_id": "a"})
    assert empty.collection("records").count_documents({}) == 0
    client.insert_one_docdb_record({"_id": "a"})
    assert [each.status for each in empty.requests] == [None, None, 200]


def test_docdb_is_late(client: AnalysisDbClient, empty: DocDBServer) -> None:
    client.retrieve_docdb_records()
    empty.faults.delay = 2
    before = time.monotonic()
    at_once(lambda _: client._count_records(), 5)
    assert 2 <= time.monotonic() - before < 8  # all at the same time, or it would be 10
    answered = len(empty.requests)
    with pytest.raises(requests.Timeout):
        requests.get(client._find_url, timeout=0.3)
    wait_until(lambda: len(empty.requests) > answered, "the last is answered too, and counts for no later test")
    empty.faults.clear()
    assert empty.faults.delay == 0


@pytest.mark.parametrize(("ordered", "written"), [(True, ["a"]), (False, ["a", "c"])])
def test_docdb_refuses_chosen_items(
    client: AnalysisDbClient, empty: DocDBServer, ordered: bool, written: list[str]
) -> None:
    empty.faults.ordered = ordered
    empty.faults.refuse("b", error="the disk is full")
    items = [update(name, n=1) for name in "abc"]
    assert client._bulk_write(items[2:]).status_code == 200  # has none of them
    client.delete_one_record("c")
    answer = client._bulk_write(items)
    assert answer.status_code == 400
    (error,) = answer.json()["details"]["writeErrors"]
    assert (error["index"], error["errmsg"]) == (1, "the disk is full")
    assert answer.json()["details"]["nUpserted"] == len(written)
    assert ids(list(empty.collection("records").find())) == written
    assert client._bulk_write(items).status_code == 200


def test_docdb_counts_requests(client: AnalysisDbClient, empty: DocDBServer) -> None:
    client.aggregate_docdb_records([])
    client.delete_one_record("a")
    client._bulk_write([])
    wait_until(lambda: len(empty.requests) == 3, "all are counted, the last after its answer")
    assert [tuple(each) for each in empty.requests] == [
        ("POST", "aggregate", "records", 2, 2, 200),
        ("DELETE", "delete_one", "records", len('{"filter": {"_id": "a"}}'), 42, 200),
        ("POST", "bulk_write", "records", 2, 39, 400),
    ]
    empty.clear()
    assert empty.requests == []
