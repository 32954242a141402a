"""The services that other tests rely on do what the real ones do, as far as we rely on it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore
import obstore
import pytest
import requests
import s3fs
from aind_data_access_api.document_db import AnalysisDbClient
from botocore.exceptions import ClientError
from obstore.store import S3Store

from fakes import mongo, signatures
from fakes.docdb import DocDBServer
from fakes.keys import READER, REGION, WRITER, Keys
from fakes.mongo import Mongo, UnavailableError
from fakes.proxy import Proxy
from fakes.s3 import PUBLIC, S3Server

pytest_plugins = ["fakes.fixtures"]

THREADS = 20


def at_once(do: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """Let threads start at the same moment, and return what came of each."""
    barrier = threading.Barrier(threads)

    def go(number: int) -> Any:
        barrier.wait()
        return do(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(go, range(threads)))


@cache
def session_of(keys: Keys) -> boto3.session.Session:
    return boto3.session.Session(*keys, region_name=REGION)


# S3


def code_of(do: Callable[[], Any]) -> str:
    """Return the error code of a call, or "" if it succeeded."""
    try:
        do()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    s3.make_bucket("some-bucket")
    s3.client().put_object(Bucket="some-bucket", Key="there/it is", Body=b"content")
    return "some-bucket"


def test_s3_lists_and_reads(s3: S3Server, bucket: str) -> None:
    assert s3.objects(bucket, "there/") == {"there/it is": 7}
    assert s3.objects(bucket, "elsewhere/") == {}
    assert s3.read(bucket, "there/it is") == b"content"


def test_s3_lists_more_than_a_page(s3: S3Server) -> None:
    s3.make_bucket("many")
    client = s3.client(max_pool_connections=8)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.put_object(Bucket="many", Key=f"{number:04}", Body=b""), range(1100)))
    assert len(s3.objects("many")) == 1100


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (Keys(WRITER.access_key, "wrong"), "SignatureDoesNotMatch"),
        (Keys("AKIAUNKNOWN000000000", WRITER.secret_key), "InvalidAccessKeyId"),
    ],
)
def test_s3_refuses_wrong_keys(s3: S3Server, bucket: str, keys: Keys, code: str) -> None:
    client = s3.client(keys)
    assert code_of(lambda: client.get_object(Bucket=bucket, Key="there/it is")) == code
    assert code_of(lambda: client.list_objects_v2(Bucket=PUBLIC)) == code
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="new", Body=b"")) == code


def test_s3_reader_may_only_read(s3: S3Server, bucket: str) -> None:
    reader = s3.client(READER)
    assert reader.get_object(Bucket=bucket, Key="there/it is")["Body"].read() == b"content"
    assert reader.list_objects_v2(Bucket=bucket)["KeyCount"] >= 1
    for refused in (
        lambda: reader.put_object(Bucket=bucket, Key="new", Body=b""),
        lambda: reader.put_object(Bucket=bucket, Key="new", Body=b"", IfNoneMatch="*"),
        lambda: reader.create_multipart_upload(Bucket=bucket, Key="new"),
        lambda: reader.copy_object(Bucket=bucket, Key="new", CopySource=f"{bucket}/there/it is"),
        lambda: reader.delete_object(Bucket=bucket, Key="there/it is"),
        lambda: reader.create_bucket(Bucket="new"),
    ):
        assert code_of(refused) == "AccessDenied"
    assert "new" not in s3.objects(bucket)


def test_s3_shows_strangers_the_public_bucket_only(s3: S3Server, bucket: str) -> None:
    s3.client().put_object(Bucket=PUBLIC, Key="shown/seen", Body=b"by all")  # other tests put more there
    stranger = boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name=REGION,
        config=botocore.config.Config(signature_version=botocore.UNSIGNED),
    )
    assert stranger.get_object(Bucket=PUBLIC, Key="shown/seen")["Body"].read() == b"by all"
    assert stranger.list_objects_v2(Bucket=PUBLIC, Prefix="shown/")["KeyCount"] == 1
    assert code_of(lambda: stranger.get_object(Bucket=bucket, Key="there/it is")) == "AccessDenied"
    assert code_of(lambda: stranger.put_object(Bucket=PUBLIC, Key="new", Body=b"")) == "AccessDenied"


def test_s3_names_what_is_not_there(s3: S3Server, bucket: str) -> None:
    client = s3.client()
    assert code_of(lambda: client.get_object(Bucket=bucket, Key="nothing")) == "NoSuchKey"
    assert code_of(lambda: client.get_object(Bucket="no-bucket", Key="nothing")) == "NoSuchBucket"
    assert code_of(lambda: client.put_object(Bucket="no-bucket", Key="new", Body=b"")) == "NoSuchBucket"


def test_s3_refuses_content_that_is_not_what_its_checksum_says(s3: S3Server, bucket: str) -> None:
    wrong = {"ContentMD5": "A" * 22 + "==", "ChecksumSHA256": "A" * 43 + "="}
    for name, value in wrong.items():
        put = {"Bucket": bucket, "Key": "damaged", "Body": b"x", name: value}
        assert code_of(lambda put=put: s3.client().put_object(**put)) == "BadDigest"


def test_s3_conditional_put_is_done_once(s3: S3Server, bucket: str) -> None:
    client = s3.client()
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"1", IfNoneMatch="*")) == ""
    assert code_of(lambda: client.put_object(Bucket=bucket, Key="once", Body=b"2", IfNoneMatch="*")) == (
        "PreconditionFailed"
    )
    assert s3.read(bucket, "once") == b"1"


def test_s3_conditional_put_has_one_winner(s3: S3Server, bucket: str) -> None:
    client = s3.client(max_pool_connections=THREADS)

    def put(number: int) -> str:
        body = b"%d" % number
        return code_of(lambda: client.put_object(Bucket=bucket, Key="race", Body=body, IfNoneMatch="*"))

    codes = at_once(put)
    assert Counter(codes) == {"": 1, "PreconditionFailed": THREADS - 1}
    assert s3.read(bucket, "race") == b"%d" % codes.index("")


def test_s3_conditional_multipart_is_done_once(s3: S3Server, bucket: str) -> None:
    """One after the other; SeaweedFS may let several win that complete theirs at the same moment."""
    client = s3.client()

    def put(body: bytes) -> str:
        name: dict[str, Any] = {"Bucket": bucket, "Key": "parts"}
        name["UploadId"] = client.create_multipart_upload(**name)["UploadId"]
        part = {"PartNumber": 1, "ETag": client.upload_part(**name, PartNumber=1, Body=body)["ETag"]}
        done = {**name, "MultipartUpload": {"Parts": [part]}, "IfNoneMatch": "*"}
        return code_of(lambda: client.complete_multipart_upload(**done))

    assert [put(b"1"), put(b"2")] == ["", "PreconditionFailed"]
    assert s3.read(bucket, "parts") == b"1"


_READ_IN_ANOTHER_PROCESS = """
import boto3, obstore, s3fs
from obstore.store import S3Store
print(boto3.client("s3").get_object(Bucket="some-bucket", Key="there/it is")["Body"].read())
print(s3fs.S3FileSystem().cat("some-bucket/there/it is"))
print(bytes(obstore.get(S3Store("some-bucket"), "there/it is").bytes()))
"""


@pytest.mark.parametrize("who", ["environment", "reader_environment"])
@pytest.mark.usefixtures("bucket")
def test_s3_environment_suffices_for_every_library(s3: S3Server, who: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", _READ_IN_ANOTHER_PROCESS],
        env={**kept, **getattr(s3, who)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.count("b'content'") == 3, done.stderr


def test_s3_is_read_by_strangers_with_every_library(s3: S3Server) -> None:
    s3.client().put_object(Bucket=PUBLIC, Key="open", Body=b"to all")
    store = S3Store(PUBLIC, endpoint=s3.url, region=REGION, skip_signature=True, client_options={"allow_http": True})
    assert bytes(obstore.get(store, "open").bytes()) == b"to all"
    assert s3fs.S3FileSystem(anon=True, endpoint_url=s3.url).cat(f"{PUBLIC}/open") == b"to all"


def test_s3_ends_and_leaves_nothing() -> None:
    with S3Server() as server:
        folder, process, url = server._folder, server._server.process, server.url
    assert process.poll() is not None
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    assert not [path for port in server._grpc_ports.values() for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]


# DocDB: what the client calls


@pytest.fixture
def empty(docdb: DocDBServer) -> Iterator[DocDBServer]:
    docdb.empty()
    yield docdb
    docdb.empty()


@pytest.fixture
def client(empty: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnalysisDbClient]:
    with client_of(empty, WRITER, monkeypatch) as client:
        yield client


def client_of(docdb: DocDBServer, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> AnalysisDbClient:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(docdb.ca_bundle))
    return AnalysisDbClient(docdb.host, "records", boto=session_of(keys))


def record(name: str, *inputs: str, code: str = "git", **fields: Any) -> dict[str, Any]:
    """Return a record such as those of AIND, of one process."""
    process = {"code": {"url": code, "input_data": [{"url": url} for url in inputs]}}
    return {"_id": name, "processing": {"data_processes": [process]}, **fields}


def ids(records: list[dict[str, Any]]) -> list[str]:
    return sorted(each["_id"] for each in records)


def status(do: Callable[[], Any]) -> int:
    try:
        return int(do().status_code)
    except requests.HTTPError as error:
        return error.response.status_code


def update(name: str, *, upsert: bool = True, filter: Any = (), **fields: Any) -> dict[str, Any]:  # noqa: A002
    """Return an item of a bulk write."""
    return {
        "UpdateOne": {
            "filter": {"_id": name, **dict(filter)},
            "update": {"$set": fields},
            "upsert": str(upsert),
        }
    }


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


# DocDB: updates


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


# DocDB: who may, and how much


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (Keys(WRITER.access_key, "wrong"), "signature we calculated does not match"),
        (Keys("AKIAUNKNOWN000000000", WRITER.secret_key), "security token included in the request is invalid"),
        (READER, "not authorized"),
    ],
)
def test_docdb_refuses_writes_of_others(
    empty: DocDBServer, monkeypatch: pytest.MonkeyPatch, keys: Keys, why: str
) -> None:
    client = client_of(empty, keys, monkeypatch)
    answer = client._bulk_write([update("a", n=1)])
    assert answer.status_code == 403
    assert why in answer.json()["message"]
    for write in (
        lambda: client.insert_one_docdb_record({"_id": "a"}),
        lambda: client.upsert_one_docdb_record({"_id": "a"}),
        lambda: client.delete_one_record("a"),
        lambda: client.delete_many_records(["a"]),
    ):
        assert status(write) == 403
    assert client.retrieve_docdb_records() == client.aggregate_docdb_records([]) == []


def test_docdb_refuses_what_was_not_signed_or_was_changed(client: AnalysisDbClient, empty: DocDBServer) -> None:
    url, body = client._insert_one_url, json.dumps({"_id": "a"})
    assert requests.post(url, data=body, timeout=10).json() == {"message": "Missing Authentication Token"}
    signed = dict(client._signed_request(url, "POST", data=body).headers)
    elsewhere = url.replace("records", "others")
    late = {**signed, "X-Amz-Date": "20200101T000000Z"}
    for where, headers, sent in ((url, signed, body + " "), (elsewhere, signed, body), (url, late, body)):
        assert requests.post(where, data=sent, headers=headers, timeout=10).status_code == 403
    assert requests.post(url, data=body, headers=signed, timeout=10).status_code == 200
    assert empty.collection("records").count_documents({}) == 1


def test_docdb_refuses_signatures_for_another_service_or_region(client: AnalysisDbClient) -> None:
    url = client._insert_one_url
    for region, service in (("eu-west-1", "execute-api"), (REGION, "s3")):
        request = botocore.awsrequest.AWSRequest("POST", url, data="{}")
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*WRITER), service, region).add_auth(request)
        assert "scoped to" in requests.post(url, "{}", headers=dict(request.headers), timeout=10).json()["message"]


def test_signature_of_another_body_is_refused() -> None:
    request = botocore.awsrequest.AWSRequest("POST", "https://host/path", data="sent")
    request.headers["X-Amz-Content-SHA256"] = "0" * 64
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*WRITER), "execute-api", REGION).add_auth(request)
    headers = {"host": "host", **{name.lower(): value for name, value in request.headers.items()}}
    assert "does not match" in (signatures.refusal("POST", "https://host/path", headers, b"sent") or "")


def test_docdb_is_trusted_only_by_its_own_authority(empty: DocDBServer) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{empty.host}/v1/analysis/records/find", timeout=10, verify=True)


def test_docdb_environment_suffices_for_the_client(empty: DocDBServer) -> None:
    script = """
from os import environ
from aind_data_access_api.document_db import AnalysisDbClient
client = AnalysisDbClient(environ["DOCDB_HOST"], "records", environ["DOCDB_DATABASE"], environ["DOCDB_VERSION"])
client.insert_one_docdb_record({"_id": "from another process"})
"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    subprocess.run([sys.executable, "-c", script], env={**kept, **empty.environment}, check=True)
    assert ids(list(empty.collection("records").find())) == ["from another process"]


def test_docdb_refuses_long_urls_and_bodies(client: AnalysisDbClient) -> None:
    names = [f"{n:064}" for n in range(5000)]
    with pytest.raises(requests.HTTPError, match="414"):
        client.retrieve_docdb_records({"_id": {"$in": names}})
    with pytest.raises(requests.HTTPError, match="414"):
        client.retrieve_docdb_records({"_id": {"$in": names[:120]}})
    assert client.retrieve_docdb_records({"_id": {"$in": names[:50]}}) == []
    assert client.fetch_records_by_filter_list("_id", names) == []
    assert status(lambda: client.insert_one_docdb_record({"_id": "a", "n": "x" * 11_000_000})) == 413
    assert status(lambda: client.insert_one_docdb_record({"_id": "a", "n": "x" * 10_000_000})) == 200


def test_docdb_answers_in_parts_or_not_at_all(client: AnalysisDbClient, empty: DocDBServer) -> None:
    empty.collection("records").insert_many([{"_id": f"{n:02}", "n": "x" * 1_000_000} for n in range(14)])
    assert len(client._find_records()) == 6
    assert len(client.retrieve_docdb_records()) == 14
    assert len([each for each in empty.requests if each.endpoint == "find"]) == 5  # one more finds that it is the end
    for too_much in (lambda: client.aggregate_docdb_records([]), client._get_records):
        with pytest.raises(requests.HTTPError, match="413"):
            too_much()
    assert len(client.aggregate_docdb_records([{"$limit": 6}])) == 6


def test_docdb_knows_no_other_paths(client: AnalysisDbClient, empty: DocDBServer) -> None:
    for path in ("v2/analysis/records/find", "v1/analysis/records/frob", "v1"):
        assert requests.get(f"https://{empty.host}/{path}", timeout=10).status_code == 403
    assert requests.post(client._find_url, "{}", timeout=10).status_code == 403


def test_docdb_takes_texts_of_any_kind(client: AnalysisDbClient) -> None:
    odd = {"_id": "ä/ö ü%20", "text": "\x00\n'\"\\ 漢字 🧠", "whole": 2**53 + 1, "half": 0.5, "none": None, "no": []}
    client.insert_one_docdb_record(odd)
    assert client.retrieve_docdb_records({"_id": odd["_id"]}) == [odd]


# DocDB: faults


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
    empty.faults.delay = 0.5
    before = time.monotonic()
    at_once(lambda _: client._count_records(), 5)
    assert 0.5 <= time.monotonic() - before < 2.4  # all at the same time
    with pytest.raises(requests.Timeout):
        requests.get(client._find_url, timeout=0.3)
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
    assert [tuple(each) for each in empty.requests] == [
        ("POST", "aggregate", "records", 2, 2, 200),
        ("DELETE", "delete_one", "records", len('{"filter": {"_id": "a"}}'), 42, 200),
        ("POST", "bulk_write", "records", 2, 39, 400),
    ]
    empty.clear()
    assert empty.requests == []


def test_docdb_ends_and_leaves_nothing() -> None:
    with DocDBServer() as server:
        folder, process, host = server._folder, server._mongo._server.process, server.host
    assert process.poll() is not None
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"https://{host}", timeout=5, verify=False)


@pytest.mark.parametrize(
    ("missing", "start"), [("java", lambda folder: Mongo(folder)), ("mvn", lambda _: mongo.jars())]
)
def test_docdb_names_the_program_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, start: Callable[[Path], Any]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(mongo, "JARS", tmp_path / "jars")
    with pytest.raises(UnavailableError, match=f"`{missing}` is not on PATH"):
        start(tmp_path)


# The proxy


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[Proxy]:
    with Proxy(s3.url) as proxy:
        yield proxy


@pytest.fixture
def through(s3: S3Server, proxy: Proxy) -> Any:
    """A client of S3 through the proxy, that tries everything once."""
    session = session_of(WRITER)
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    return session.client("s3", endpoint_url=proxy.url, config=config)


def test_proxy_counts(through: Any, proxy: Proxy, bucket: str) -> None:
    through.put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    assert 1_000_000 < proxy.sent < 1_010_000
    assert proxy.received < 10_000
    proxy.clear()
    assert len(through.get_object(Bucket=bucket, Key="big")["Body"].read()) == 1_000_000
    assert 1_000_000 < proxy.received < 1_010_000
    proxy.clear()
    assert through.get_object(Bucket=bucket, Key="big", Range="bytes=10-19")["Body"].read() == bytes(10)
    assert (proxy.connections, proxy.requests) == (0, 1)  # it is the same connection
    assert proxy.received < 10_000


def test_proxy_counts_what_obstore_reads(s3: S3Server, proxy: Proxy, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    options = {"endpoint": proxy.url, "region": REGION, "client_options": {"allow_http": True}}
    store = S3Store(bucket, access_key_id=WRITER.access_key, secret_access_key=WRITER.secret_key, **options)
    assert len(obstore.get_range(store, "big", start=5, length=1000)) == 1000
    assert 1000 < proxy.received < 3000


def test_proxy_slows_down(through: Any, proxy: Proxy, bucket: str) -> None:
    through.list_objects_v2(Bucket=bucket)  # so that there is a connection in use
    proxy.slow_down(3)
    body = bytes(1_000_000)
    assert code_of(lambda: through.put_object(Bucket=bucket, Key="slow", Body=body)) == "SlowDown"
    assert code_of(lambda: through.get_object(Bucket=bucket, Key="there/it is")) == "SlowDown"
    assert code_of(lambda: through.head_object(Bucket=bucket, Key="there/it is")) == "503"
    assert through.get_object(Bucket=bucket, Key="there/it is")["Body"].read() == b"content"
    assert proxy.pending == 0


def test_proxy_slow_down_is_overcome_by_retries(s3: S3Server, proxy: Proxy, bucket: str) -> None:
    proxy.slow_down()
    retries = {"total_max_attempts": 4, "mode": "standard"}
    config = botocore.config.Config(retries=retries)
    client = session_of(WRITER).client("s3", endpoint_url=proxy.url, config=config)
    client.put_object(Bucket=bucket, Key="retried", Body=b"x" * 100)
    assert s3.read(bucket, "retried") == b"x" * 100
    assert proxy.requests == 2


def test_proxy_drops_connections(through: Any, proxy: Proxy, bucket: str) -> None:
    proxy.drop(2)
    for _ in range(2):
        with pytest.raises(botocore.exceptions.HTTPClientError):
            through.list_objects_v2(Bucket=bucket)
    through.list_objects_v2(Bucket=bucket)
    assert proxy.connections == 3


def test_proxy_cuts_connections(s3: S3Server, through: Any, proxy: Proxy, bucket: str) -> None:
    s3.client().put_object(Bucket=bucket, Key="big", Body=bytes(1_000_000))
    proxy.cut_after(100_000)
    with pytest.raises(botocore.exceptions.BotoCoreError):
        through.get_object(Bucket=bucket, Key="big")["Body"].read()
    assert proxy.sent + proxy.received == 100_000
    with pytest.raises(botocore.exceptions.BotoCoreError):
        through.put_object(Bucket=bucket, Key="cut", Body=bytes(1_000_000))
    assert "cut" not in s3.objects(bucket)
    proxy.clear()
    assert len(through.get_object(Bucket=bucket, Key="big")["Body"].read()) == 1_000_000


def test_proxy_passes_on_other_protocols(empty: DocDBServer) -> None:
    with Proxy(empty.host) as proxy:
        url = f"https://{proxy.host.replace('127.0.0.1', 'localhost')}/v1/analysis/records/find"
        assert requests.get(url, timeout=10, verify=str(empty.ca_bundle)).json() == []
        assert proxy.received > 500  # the certificate at least
        proxy.drop()
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=10, verify=str(empty.ca_bundle))
        with pytest.raises(ValueError, match="http://"):
            proxy.slow_down()
