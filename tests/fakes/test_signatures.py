"""Who may write to the document database of tests: what was signed, by whom, and for what."""

import json

import botocore
import pytest
import requests
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import client_of, status, update

from fakes import signatures
from fakes.docdb import DocDBServer
from fakes.keys import READER, REGION, WRITER, Keys


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
