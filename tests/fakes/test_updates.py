"""Writes to the document database of tests: updates, upserts, many at once."""

from typing import Any

import pytest
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import ids, status, update

from fakes.docdb import DocDBServer


def test_docdb_upsert_that_misses_its_document_is_a_duplicate(client: AnalysisDbClient, empty: DocDBServer) -> None:
    client.insert_one_docdb_record({"_id": "a", "owner": "me"})
    for write in (
        lambda: client._bulk_write([update("a", filter={"owner": "you"}, n=1)]),
        lambda: client._upsert_one_record({"_id": "a", "owner": "you"}, {"$set": {"n": 1}}),
        lambda: client._bulk_write([update("a", filter={"$or": [{"owner": "you"}, {"expires": {"$lt": 5}}]}, n=1)]),
    ):
        assert status(write) == 400
    assert empty.collection("records").find_one({"_id": "a"}) == {"_id": "a", "owner": "me"}


def test_docdb_update_that_misses_its_document_does_nothing(client: AnalysisDbClient, empty: DocDBServer) -> None:
    client.insert_one_docdb_record({"_id": "a", "owner": "me"})
    answer = client._bulk_write(
        [update("a", upsert=False, filter={"owner": owner}, n=1) for owner in ("you", "me", "me")]
    )
    assert (answer.json()["nMatched"], answer.json()["nModified"], answer.json()["nUpserted"]) == (2, 1, 0)
    assert empty.collection("records").find_one({"_id": "a"}) == {"_id": "a", "owner": "me", "n": 1}


def test_docdb_upsert_makes_a_document_of_filter_and_update(client: AnalysisDbClient, empty: DocDBServer) -> None:
    change = {"$set": {"n": 1, "deep.er": 2}, "$setOnInsert": {"made": "first"}, "$unset": {"old": ""}}
    item = {"UpdateOne": {"filter": {"_id": "a", "owner": "me"}, "update": change, "upsert": "True"}}
    assert client._bulk_write([item]).json()["upserted"] == [{"index": 0, "_id": "a"}]
    records = empty.collection("records")
    whole = {"_id": "a", "owner": "me", "n": 1, "deep": {"er": 2}, "made": "first"}
    assert records.find_one({"_id": "a"}) == whole
    records.update_one({"_id": "a"}, {"$set": {"old": 1, "made": "before"}})
    assert client._bulk_write([item]).json()["nModified"] == 1
    assert records.find_one({"_id": "a"}) == {**whole, "made": "before"}


def test_docdb_bulk_write_does_inserts_and_deletes(client: AnalysisDbClient, empty: DocDBServer) -> None:
    items = [
        {"InsertOne": {"document": {"_id": "a"}}},
        {"InsertOne": {"document": {"_id": "b"}}},
        {"DeleteOne": {"filter": {"_id": "a"}}},
    ]
    answer = client._bulk_write(items).json()
    assert (answer["nInserted"], answer["nRemoved"]) == (2, 1)
    assert ids(list(empty.collection("records").find())) == ["b"]


@pytest.mark.parametrize(("ordered", "written"), [(True, ["a", "b"]), (False, ["a", "b", "c"])])
def test_docdb_bulk_write_stops_at_an_error_if_ordered(
    client: AnalysisDbClient, empty: DocDBServer, ordered: bool, written: list[str]
) -> None:
    client.insert_one_docdb_record({"_id": "a", "owner": "me"})
    empty.faults.ordered = ordered
    answer = client._bulk_write([update("b", n=1), update("a", filter={"owner": "you"}, n=1), update("c", n=1)])
    assert answer.status_code == 400
    details = answer.json()["details"]
    assert [(each["index"], each["code"]) for each in details["writeErrors"]] == [(1, 11000)]
    assert "E11000 duplicate key error" in details["writeErrors"][0]["errmsg"]
    assert details["nUpserted"] == len(written) - 1
    assert [each["_id"] for each in details["upserted"]] == written[1:]
    assert "batch op errors occurred" in answer.json()["message"]
    assert ids(client.retrieve_docdb_records()) == written


@pytest.mark.parametrize("item", [{"Frob": {}}, {"UpdateOne": {"filter": {"_id": "a"}}}, {}, 5])
def test_docdb_refuses_wrong_items_before_it_does_any(client: AnalysisDbClient, empty: DocDBServer, item: Any) -> None:
    assert client._bulk_write([update("a", n=1), item]).status_code == 400
    assert empty.collection("records").count_documents({}) == 0


@pytest.mark.parametrize("items", [[], {"a": 1}, 5])
def test_docdb_refuses_bulk_writes_of_nothing(client: AnalysisDbClient, items: Any) -> None:
    assert client._bulk_write(items).status_code == 400


@pytest.mark.parametrize("fields", [{"a": {"b.c": 1}}, {"a": [{"$b": 1}]}])
def test_docdb_refuses_names_that_documentdb_refuses(
    client: AnalysisDbClient, empty: DocDBServer, fields: dict[str, Any]
) -> None:
    answer = client.upsert_list_of_docdb_records([{"_id": "a", "n": 1}, {"_id": "b", **fields}])[0]
    assert answer.status_code == 400
    assert "field names" in answer.json()["details"]["writeErrors"][0]["errmsg"]
    assert status(lambda: client.insert_one_docdb_record({"_id": "b", **fields})) == 400
    assert status(lambda: client.upsert_one_docdb_record({"_id": "b", **fields})) == 400
    assert ids(list(empty.collection("records").find())) == ["a"]
