"""The views of PostgreSQL say what those of SQLite say, of jobs in every state."""

import json
import math
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fakes.postgresql import PostgresqlServer
from support.shelf import Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.sqlite_views import VIEWS
from analysis_jobs.upkeep.copying import copy_store

JSON = {"inputs", "parameters", "outputs", "counts"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """The jobs are made in SQLite."""
    return Shelf(
        SqliteStore(tmp_path / "records.sqlite"), open_bucket(str(tmp_path / "analyses")), tmp_path / "results"
    )


@pytest.fixture
def server(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> PostgresqlServer:
    postgresql.empty()
    for name, value in postgresql.environment.items():
        monkeypatch.setenv(name, value)
    return postgresql


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_same_as_in_sqlite(
    view: str, shelf: Shelf, jobs: dict[str, str], rates: dict[str, str], server: PostgresqlServer, tmp_path: Path
) -> None:
    assert copy_store(shelf.store, open_store(server.url), print).is_whole
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        cursor = connection.execute(f"SELECT * FROM {view}")
        names = [column[0] for column in cursor.description]
        expected = [dict(zip(names, row, strict=True)) for row in cursor]
    found = [
        dict(zip(names, row, strict=True))
        for row in server.execute(f"SELECT {', '.join(map(quoted, names))} FROM {view}")
    ]
    for one, other in zip(comparable(found), comparable(expected), strict=True):
        assert one == other
    assert expected or view in ("launches", "history")


def test_numbers_that_no_double_holds_end_no_query(shelf: Shelf, server: PostgresqlServer, tmp_path: Path) -> None:
    outputs = {"above": 10**400, "below": -(10**400), "large": sys.float_info.max, "small": 5e-324, "usual": 0.5}
    key = shelf.done(["/in/a"], {"analysis_name": "rates"}, outputs)
    assert copy_store(shelf.store, open_store(server.url), print).is_whole
    asked = "SELECT name, number FROM outputs"
    with closing(sqlite3.connect(tmp_path / "records.sqlite")) as connection:
        expected = dict(connection.execute(asked).fetchall())
    found = dict(server.execute(asked))
    assert found == expected == outputs | {"above": math.inf, "below": -math.inf}
    document = """{"_id": "tiny", "processing": {"data_processes": [{"output_parameters": {"tiny": 1e-400}}]}}"""
    server.execute("INSERT INTO record_documents VALUES ('tiny', '/x', %s::text, %s::jsonb)", document, document)
    assert server.execute(f"{asked} WHERE key = 'tiny'") == [("tiny", 0)]
    assert {row[0] for row in server.execute("SELECT key FROM jobs")} == {key, "tiny"}


def quoted(name: str) -> str:
    return f'"{name}"'


def comparable(rows: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps({name: plain(name, value) for name, value in row.items()}) for row in rows)


def plain(name: str, value: object) -> object:
    if name in JSON and isinstance(value, str):
        value = json.loads(value)
    if name == "value":  # of a list or an object, SQLite has no blanks between
        return str(value).replace(" ", "") if value is not None else None
    return json.loads(json.dumps(value, sort_keys=True)) if not isinstance(value, float) else round(value, 3)


def test_members_are_found_by_an_index(server: PostgresqlServer, shelf: Shelf, rates: dict[str, str]) -> None:
    copy_store(shelf.store, open_store(server.url), print)
    server.execute("CREATE INDEX ON record_documents USING gin (data jsonb_path_ops)")
    found = server.execute("SELECT key FROM records WHERE outputs @> %s::jsonb", '{"n": 2}')
    assert found == [(rates["new"],)]
