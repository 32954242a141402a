"""Fixtures of the unit tests."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.postgresql import PostgresqlServer
from support.samples import ANALYSIS, Connect, code_of, job_text, write_files
from support.shelf import ERROR, RATES, Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.postgresql import PostgresqlStore
from analysis_jobs.store.sqlite import SqliteStore


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what importing an analysis does to the import path."""
    monkeypatch.setattr(sys, "path", ["", *sys.path])  # the first place is that of the running script


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what a tester's own machine says about code, git and logs."""
    of_ours = ("ANALYSIS_LOG_LEVEL", "ANALYSIS_CODE_VERSION", "ANALYSIS_CODE_URL", "CODEOCEAN_EMAIL")
    for name in (*of_ours, "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Come back to the current folder: `try` ends in that of the results."""
    monkeypatch.chdir(Path.cwd())


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Take back what scripts and commands that run in this process do to our logger."""
    ours = logging.getLogger("analysis_jobs")
    before = list(ours.handlers), ours.level, ours.propagate
    yield
    ours.handlers, ours.level, ours.propagate = before


@pytest.fixture(params=["sqlite", *(pytest.param(name, marks=pytest.mark.slow) for name in ("docdb", "postgresql"))])
def connect(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """What opens the store once more, as another process does."""
    if request.param == "sqlite":
        return lambda: open_store(str(tmp_path / "records.sqlite"))
    if request.param == "postgresql":
        postgresql: PostgresqlServer = request.getfixturevalue("postgresql")
        postgresql.empty()
        for name, value in postgresql.environment.items():
            monkeypatch.setenv(name, value)
        return lambda: open_store(postgresql.url)
    docdb: DocDBServer = request.getfixturevalue("docdb")
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    return lambda: open_store("docdb")


@pytest.fixture
def place(connect: Connect, tmp_path: Path) -> list[str]:
    """The options by which a command finds what `connect` opens."""
    store = connect()
    if isinstance(store, PostgresqlStore):
        return ["--store", store.database.url]
    return ["--store", str(tmp_path / "records.sqlite") if isinstance(store, SqliteStore) else "docdb"]


@pytest.fixture
def shelf(connect: Connect, tmp_path: Path) -> Shelf:
    """Either store, and a local bucket."""
    return Shelf(connect(), open_bucket(str(tmp_path / "analyses")), tmp_path / "results of jobs")


@pytest.fixture
def jobs(shelf: Shelf) -> dict[str, str]:
    """Keys of jobs in every state, by what they are of."""
    nested = {"analysis_name": "spikes", "analysis_tag": "0.10", "filter": {"order": 3}, "a.b": {"$c": True}}
    return {
        "old": shelf.done(["s3://in/a/x.nwb"], {**RATES, "cutoff": 1}, ended="2026-01-01T12:00:00+00:00"),
        "new": shelf.done(["s3://in/a/x.nwb"], {**RATES, "cutoff": 1}, code="sha256:n3w"),
        "nested": shelf.done(["/data/b"], nested, ended="2026-01-02T23:59:59.5+00:00"),
        "failed": shelf.settled("failed", ["/data/c"], RATES, 2, error=ERROR, changed="2026-01-03T08:00:00+00:00"),
        "empty": shelf.settled("empty", ["/data/d"], RATES, reason="no units", changed="2026-01-04T00:00:00+00:00"),
        "removed": shelf.settled("done", ["/data/e"], RATES, changed="2026-01-05T00:00:00+00:00"),
        "pending": shelf.claimed(["/data/f"]),
        "expired": shelf.claimed(["/data/g"], hours=0),
    }


@pytest.fixture
def rates(shelf: Shelf) -> dict[str, str]:
    """Keys of jobs that are done, with outputs."""
    rates = {"analysis_name": "rates", "cutoff": 0.5, "more": {"order": 3}}
    return {
        "old": shelf.done(["s3://in/a"], rates, {"n": 1}, ended="2026-01-01T00:00:00+00:00"),
        "new": shelf.done(["s3://in/a"], rates, {"n": 2}, ended="2026-01-03T00:00:00+00:00", code="version:2"),
        "other": shelf.done(["s3://in/b", "s3://in/a/"], {**rates, "cutoff": 1}, {"n": 3, "0.5": {"$x": [1]}}),
        "spikes": shelf.done(["s3://in/b"], {"analysis_name": "spikes", "flag": True}, {"n": None}),
    }


@pytest.fixture
def job(tmp_path: Path) -> list[str]:
    """A job file and what a launch is given with it."""
    analysis = ANALYSIS.replace("cutoff: float", 'analysis_name: str = "rates"\n    tag: str = "a"\n    cutoff: float')
    write_files(tmp_path, {"lab/analysis.py": analysis, "jobs/1/a.json": job_text("s3://in/a/")})
    return [str(tmp_path / "jobs/1/a.json"), "--analysis", str(tmp_path / "lab/analysis.py")]


@pytest.fixture
def same(job: list[str], shelf: Shelf, importing: None) -> str:
    """The key of that job, which is done."""
    return shelf.done(["s3://in/a"], {"analysis_name": "rates", "tag": "a", "cutoff": 0.5}, code=code_of(job[2]))
