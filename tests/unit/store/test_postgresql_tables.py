"""Tables of this version are made once, those of an older one become it, and those of a newer one are left alone."""

from threading import Barrier, Thread

import pytest
from fakes.postgresql import PostgresqlServer
from support.samples import published

from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.build import build_record
from analysis_jobs.store import postgresql_database, postgresql_tables
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.postgresql_tables import TABLES_VERSION


@pytest.fixture
def server(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> PostgresqlServer:
    postgresql.empty()
    for name, value in postgresql.environment.items():
        monkeypatch.setenv(name, value)
    return postgresql


def version(server: PostgresqlServer) -> int:
    ((found,),) = server.execute("SELECT version FROM analysis_jobs_schema")
    return int(found)


def test_many_make_them_at_once(server: PostgresqlServer) -> None:
    barrier, failed = Barrier(6), list[Exception]()

    def make() -> None:
        barrier.wait()
        try:
            open_store(server.url)
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert version(server) == TABLES_VERSION


def test_older_ones_become_newer(server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(server.url).insert([build_record(published("k"))])
    step = "ALTER TABLE record_documents ADD COLUMN added text"
    monkeypatch.setitem(postgresql_tables._STEPS, TABLES_VERSION + 1, step)
    for module in (postgresql_tables, postgresql_database):
        monkeypatch.setattr(module, "TABLES_VERSION", TABLES_VERSION + 1)
    assert list(open_store(server.url, read_only=True).recorded(["k"])) == ["k"], "who only reads changes nothing"
    assert version(server) == TABLES_VERSION
    assert list(open_store(server.url).recorded(["k"])) == ["k"]
    assert version(server) == TABLES_VERSION + 1
    assert server.execute("SELECT added FROM record_documents") == [(None,)]


@pytest.mark.parametrize("read_only", [True, False])
def test_newer_ones_are_refused(read_only: bool, server: PostgresqlServer) -> None:
    open_store(server.url)
    server.execute("UPDATE analysis_jobs_schema SET version = %s", TABLES_VERSION + 1)
    with pytest.raises(InvalidInput, match=r"its tables are of version 2, and this program knows version 1: upgrade"):
        open_store(server.url, read_only=read_only)


def test_tables_of_something_else_are_left_alone(server: PostgresqlServer) -> None:
    server.execute("CREATE TABLE job_states (mine text)")
    with pytest.raises(InvalidInput, match=r'"job_states" already exists; it has tables of something else'):
        open_store(server.url)
    assert server.execute("SELECT to_regclass('record_documents')") == [(None,)]
