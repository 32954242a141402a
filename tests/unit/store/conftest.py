"""The document database of tests, by the names that the environment has, and a process that may be ended."""

import subprocess
from collections.abc import Iterator

import pytest
from fakes.docdb import DocDBServer

from analysis_jobs.store.docdb_abilities import ALLOW
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store


@pytest.fixture
def retry_seconds() -> str:
    """How long an outage is waited for; a file of tests may have its own."""
    return "20"


@pytest.fixture
def server(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch, retry_seconds: str) -> Iterator[DocDBServer]:
    docdb.empty()
    settings = {"DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": retry_seconds}
    for name, value in {**docdb.environment, **settings}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(ALLOW, raising=False)
    yield docdb
    docdb.clear()


@pytest.fixture
def store(server: DocDBServer) -> Store:
    return open_store("docdb")


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    yield process
    process.communicate()
