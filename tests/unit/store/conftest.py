"""The document database of tests, by the names that the environment has, and a process that may be ended."""

import subprocess
from collections.abc import Iterator

import pytest
from fakes.docdb import DocDBServer

from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store


@pytest.fixture
def server(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> DocDBServer:
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": "20"}.items():
        monkeypatch.setenv(name, value)
    return docdb


@pytest.fixture
def store(server: DocDBServer) -> Store:
    return open_store("docdb")


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    yield process
    process.communicate()
