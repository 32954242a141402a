"""The API before the document database: how long and how large requests and answers may be."""

import os
import subprocess
import sys

import pytest
import requests
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import ids, status

from fakes.docdb import DocDBServer


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
