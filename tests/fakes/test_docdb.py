"""The document database of tests does what the real one does, as far as we rely on it: what its client calls."""

from collections import Counter
from typing import Any

import pytest
import requests
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import THREADS, at_once, ids, record, status, update

from fakes.docdb import DocDBServer


def test_docdb_client_inserts_finds_and_deletes(client: AnalysisDbClient, empty: DocDBServer) -> None:
    assert client.insert_one_docdb_record({"_id": "a", "n": 1}).json() == {"acknowledged": True, "inserted_id": "a"}
    assert client.upsert_one_docdb_record({"_id": "b", "n": 2}).json()["upserted_id"] == "b"
    assert client.upsert_one_docdb_record({"_id": "b", "n": 3}).json()["modified_count"] == 1
    assert client.retrieve_docdb_records() == [{"_id": "a", "n": 1}, {"_id": "b", "n": 3}]
    assert client.retrieve_docdb_records({"n": {"$gt": 1}}, {"n": 1, "_id": 0}, {"n": -1}, 1) == [{"n": 3}]
    assert client._count_records() == {"total_record_count": 2}
    assert client._count_records({"n": 1}) == {"total_record_count": 2, "filtered_record_count": 1}
    assert client._get_records({"n": 1}, limit=1) == [{"_id": "a", "n": 1}]
    assert client.delete_one_record("a").json()["deleted_count"] == 1
    assert client.delete_many_records(["a", "b"]).json()["deleted_count"] == 1
    assert empty.collection("records").count_documents({}) == 0


def test_docdb_client_upserts_a_list_in_parts(client: AnalysisDbClient, empty: DocDBServer) -> None:
    answers = client.upsert_list_of_docdb_records([record(f"r{n}", "in") for n in range(30)], max_payload_size=1000)
    assert len(answers) > 1
    assert sum(answer.json()["nUpserted"] for answer in answers) == 30
    assert len(client.retrieve_docdb_records()) == 30
    assert len([each for each in empty.requests if each.endpoint == "bulk_write"]) == len(answers)


def test_docdb_aggregates_by_filter_list(client: AnalysisDbClient) -> None:
    client.upsert_list_of_docdb_records([record(f"r{n}", f"in{n}", "common") for n in range(5)])
    path = "processing.data_processes.code.input_data.url"
    assert ids(client.fetch_records_by_filter_list(path, ["in1", "in3", "in9"])) == ["r1", "r3"]
    assert client.fetch_records_by_filter_list("_id", ["r1"], {"_id": 1}) == [{"_id": "r1"}]


def test_docdb_refuses_a_second_insert(client: AnalysisDbClient, empty: DocDBServer) -> None:
    client.insert_one_docdb_record({"_id": "a", "n": 1})
    with pytest.raises(requests.HTTPError) as error:
        client.insert_one_docdb_record({"_id": "a", "n": 2})
    assert error.value.response.status_code == 400
    assert "E11000 duplicate key error" in error.value.response.json()["message"]
    assert empty.collection("records").find_one({"_id": "a"}) == {"_id": "a", "n": 1}


def test_docdb_insert_has_one_winner(client: AnalysisDbClient, empty: DocDBServer) -> None:
    statuses = at_once(lambda number: status(lambda: client.insert_one_docdb_record({"_id": "a", "by": number})))
    assert Counter(statuses) == {200: 1, 400: THREADS - 1}
    assert empty.collection("records").find_one({"_id": "a"})["by"] == statuses.index(200)


def test_docdb_claim_by_upsert_has_one_winner(client: AnalysisDbClient) -> None:
    """Each upserts with its own name in the filter, so that all but the first meet a duplicate."""

    def claim(number: int) -> int:
        return client._bulk_write([update("a", filter={"by": number}, n=1)]).status_code

    assert Counter(at_once(claim)) == {200: 1, 400: THREADS - 1}


# DocDB: queries


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"processing.data_processes.code.input_data.url": {"$in": ["x", "z"]}}, ["ba", "xy"]),
        ({"processing.data_processes.code.input_data.url": "y"}, ["xy"]),
        ({"processing.data_processes.0.code.url": "git"}, ["ba", "xy"]),
        ({"processing.data_processes.1.code.url": "git"}, []),
        ({"processing.data_processes.0.code.input_data": {"$all": [{"url": "y"}, {"url": "x"}]}}, ["xy"]),
        ({"processing.data_processes.0.code.input_data": {"$all": [{"url": "y"}, {"url": "z"}]}}, []),
        ({"processing.data_processes.0.code.input_data": [{"url": "x"}, {"url": "y"}]}, ["xy"]),
        ({"processing.data_processes.0.code.input_data": [{"url": "y"}, {"url": "x"}]}, []),
        ({"processing.data_processes.0.code.input_data": {"$size": 2}}, ["xy"]),
        ({"parameters": {"a": 1, "b": [2]}}, ["xy"]),
        ({"parameters": {"a": 1.0, "b": [2]}}, ["xy"]),
        ({"parameters": {"b": [2], "a": 1}}, []),
        ({"parameters": {"a": 1}}, []),
        ({"$or": [{"expires": {"$lt": 5}}, {"owner": "me"}]}, ["ba"]),
        ({"parameters": {"$exists": False}}, ["ba", "other"]),
        ({"parameters": None, "_id": {"$ne": "ba"}}, ["other"]),
    ],
)
def test_docdb_matches(client: AnalysisDbClient, empty: DocDBServer, match: dict[str, Any], found: list[str]) -> None:
    empty.collection("records").insert_many(
        [
            record("xy", "x", "y", parameters={"a": 1, "b": [2]}),
            record("ba", "z", owner="me", expires=9),
            record("other", "w", code="svn", expires=7),
        ]
    )
    assert ids(client.aggregate_docdb_records([{"$match": match}])) == found
    assert ids(client.retrieve_docdb_records(match)) == found
    assert client._count_records(match)["filtered_record_count"] == len(found)


def test_docdb_aggregates(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.collection("records").insert_many(
        [record(f"r{n}", *"ab"[: n % 3], code=f"git{n % 2}", created=n) for n in range(6)]
    )
    newest = [{"$match": {"created": {"$gt": 1}}}, {"$sort": {"created": -1}}, {"$limit": 2}]
    assert [each["_id"] for each in client.aggregate_docdb_records(newest)] == ["r5", "r4"]
    count = {"$group": {"_id": "$processing.data_processes.code.url", "n": {"$sum": 1}, "last": {"$max": "$created"}}}
    assert client.aggregate_docdb_records([count, {"$sort": {"last": 1}}]) == [
        {"_id": ["git0"], "n": 3, "last": 4},
        {"_id": ["git1"], "n": 3, "last": 5},
    ]
    sizes = {"$project": {"n": {"$size": "$processing.data_processes"}}}
    assert client.aggregate_docdb_records([{"$match": {"_id": "r1"}}, sizes]) == [{"_id": "r1", "n": 1}]
    latest = {"$group": {"_id": None, "latest": {"$first": "$$ROOT"}}}
    whole = [{"$sort": {"created": -1}}, latest, {"$replaceRoot": {"newRoot": "$latest"}}]
    assert [each["_id"] for each in client.aggregate_docdb_records(whole)] == ["r5"]


@pytest.mark.parametrize(
    ("project", "left"),
    [
        ({"p.l.n": 1}, {"_id": "r", "p": {"l": [{"n": 1}, {}, {"n": {"m": 3}}]}}),
        ({"p.l.n": True, "_id": False}, {"p": {"l": [{"n": 1}, {}, {"n": {"m": 3}}]}}),
        ({"p.l.n.m": 1, "q": 1}, {"_id": "r", "p": {"l": [{}, {}, {"n": {"m": 3}}]}, "q": 4}),
        ({"p.nothing": 1}, {"_id": "r", "p": {}}),
        ({"q.nothing": 1}, {"_id": "r"}),
        ({"p.l.n": 0}, {"_id": "r", "p": {"l": [{}, {"o": 2}, {}, 5]}, "q": 4}),
        ({"q": 1}, {"_id": "r", "q": 4}),
    ],
)
def test_docdb_projects_as_mongodb_does(
    client: AnalysisDbClient, empty: DocDBServer, project: dict[str, Any], left: dict[str, Any]
) -> None:
    whole = {"_id": "r", "p": {"l": [{"n": 1}, {"o": 2}, {"n": {"m": 3}}, 5]}, "q": 4}
    empty.collection("records").insert_one(whole)
    assert client.aggregate_docdb_records([{"$match": {"_id": "r"}}, {"$project": project}]) == [left]


def test_docdb_says_which_projections_it_would_get_wrong(client: AnalysisDbClient) -> None:
    with pytest.raises(requests.HTTPError, match="501"):
        client.aggregate_docdb_records([{"$project": {"a.b": 1}}, {"$limit": 1}])


@pytest.mark.parametrize("pipeline", [[{"$frob": 1}], [{"$match": {"a": {"$frob": 1}}}], [{"$out": "elsewhere"}]])
def test_docdb_refuses_wrong_pipelines(client: AnalysisDbClient, pipeline: list[dict[str, Any]]) -> None:
    client.insert_one_docdb_record({"_id": "a", "a": 1})
    with pytest.raises(requests.HTTPError, match="400"):
        client.aggregate_docdb_records(pipeline)


def test_docdb_takes_texts_of_any_kind(client: AnalysisDbClient) -> None:
    odd = {"_id": "ä/ö ü%20", "text": "\x00\n'\"\\ 漢字 🧠", "whole": 2**53 + 1, "half": 0.5, "none": None, "no": []}
    client.insert_one_docdb_record(odd)
    assert client.retrieve_docdb_records({"_id": odd["_id"]}) == [odd]
