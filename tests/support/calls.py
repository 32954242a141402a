"""Calls of services: many at once, and what they are refused with."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3
import pytest
import requests
from aind_data_access_api.document_db import AnalysisDbClient
from botocore.exceptions import ClientError
from fakes.docdb import DocDBServer
from fakes.keys import REGION, Keys

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


def code_of(do: Callable[[], Any]) -> str:
    """Return the error code of a call, or "" if it succeeded."""
    try:
        do()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


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
