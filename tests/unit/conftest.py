"""Fixtures of the unit tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from support.samples import Connect
from support.shelf import Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.sqlite import SqliteStore


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what importing an analysis does to this process: its modules and the import path."""
    known = set(sys.modules)
    monkeypatch.setattr(sys, "path", ["", *sys.path])  # the first place is that of the running script
    yield
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what a tester's own machine says about code, git and logs."""
    of_ours = ("ANALYSIS_LOG_LEVEL", "ANALYSIS_CODE_VERSION", "ANALYSIS_CODE_URL", "CODEOCEAN_EMAIL")
    for name in (*of_ours, "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["sqlite", "docdb"])
def connect(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """What opens the store once more, as another process does."""
    if request.param == "sqlite":
        return lambda: open_store(str(tmp_path / "records.sqlite"))
    docdb: DocDBServer = request.getfixturevalue("docdb")
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    return lambda: open_store("docdb")


@pytest.fixture
def place(connect: Connect, tmp_path: Path) -> list[str]:
    """The options by which a command finds what `connect` opens."""
    local = isinstance(connect(), SqliteStore)
    return ["--store", str(tmp_path / "records.sqlite") if local else "docdb"]


@pytest.fixture
def shelf(connect: Connect, tmp_path: Path) -> Shelf:
    """Either store, and a local bucket."""
    return Shelf(connect(), open_bucket(str(tmp_path / "analyses")), tmp_path / "results of jobs")
