"""A bucket with something in it, and an empty document database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aind_data_access_api.document_db import AnalysisDbClient
from support.calls import client_of

from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from fakes.s3 import S3Server


@pytest.fixture(scope="session")
def bucket(s3: S3Server) -> str:
    s3.make_bucket("some-bucket")
    s3.client().put_object(Bucket="some-bucket", Key="there/it is", Body=b"content")
    return "some-bucket"


@pytest.fixture
def empty(docdb: DocDBServer) -> Iterator[DocDBServer]:
    docdb.empty()
    yield docdb
    docdb.empty()


@pytest.fixture
def client(empty: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnalysisDbClient]:
    with client_of(empty, WRITER, monkeypatch) as client:
        yield client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests of the servers be slow, also those that start one of their own."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("slow")
