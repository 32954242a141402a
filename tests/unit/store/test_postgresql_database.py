"""A PostgreSQL server that dies, refuses, is far away, or is something else."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from fakes.postgresql import PASSWORD, PostgresqlServer
from fakes.proxy import Proxy
from support.dedupes import Launch
from support.disks import SmallDisk, small_disk  # noqa: F401
from support.samples import job_text, published, write_files

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.build import build_record
from analysis_jobs.store.opening import check_writable, open_store
from analysis_jobs.store.postgresql import PostgresqlStore
from analysis_jobs.store.postgresql_database import FETCHED_TOGETHER

MANY = """INSERT INTO job_states SELECT key, 'r', NULL, document, document::jsonb
    FROM generate_series(1, %s) AS number, lpad(number::text, 8, '0') AS key, format('{"_id": "%%1$s", "key": "%%1$s",
        "state": "empty", "reason": "no units", "attempt": 1, "revision": "r", "changed": "2026-01-01", "parts":
        {"key_version": 1, "inputs": [], "parameters": {}, "code": "c"}}', key) AS document"""


@pytest.fixture
def server(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> PostgresqlServer:
    postgresql.empty()
    prepare(postgresql, monkeypatch)
    return postgresql


def prepare(server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, seconds: str = "60") -> None:
    for name, value in {**server.environment, "ANALYSIS_RETRY_SECONDS": seconds}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresqlServer]:
    """A server that a test may kill."""
    with PostgresqlServer() as server:
        prepare(server, monkeypatch)
        yield server


def store_at(server: PostgresqlServer, *, read_only: bool = False) -> PostgresqlStore:
    store = open_store(server.url, read_only=read_only)
    assert isinstance(store, PostgresqlStore)
    return store


def test_a_server_that_is_killed_and_comes_back(mortal: PostgresqlServer) -> None:
    store = store_at(mortal)
    store.insert([build_record(published("k"))])
    mortal.kill()
    found = list[str]()
    asking = Thread(target=lambda: found.extend(store.recorded(["k"])))
    asking.start()
    mortal.start()  # here, as it dies with the thread that started it
    asking.join()
    assert found == ["k"]
    store.insert([build_record(published("l"))])
    assert set(store_at(mortal).recorded(["k", "l"])) == {"k", "l"}


def test_a_server_that_stays_away(mortal: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_at(mortal)
    mortal.kill()
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.5")
    with pytest.raises(
        ServiceUnavailable, match=r"^the store postgresql://127.0.0.1:\d+/lab did not answer for 0.5 s: "
    ):
        store.recorded(["k"])
    with pytest.raises(ServiceUnavailable, match=r"refused.*; try again later$"):
        store_at(mortal)
    mortal.start()  # as its end awaits it


def test_a_disk_that_is_full(mortal: PostgresqlServer, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    shutil.chown(small_disk.path, "nobody")  # as whom the server runs, since it is no administrator
    mortal.execute(f"CREATE TABLESPACE small LOCATION '{small_disk.path}'")
    mortal.execute("ALTER DATABASE lab SET default_tablespace = small")
    store = store_at(mortal)
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.5")
    written = list[str]()
    with pytest.raises(ServiceUnavailable, match="the disk of the server is full: free some space"):
        for start in range(0, 100_000, 100):
            some = [f"{number:064x}" for number in range(start, start + 100)]
            store.insert([build_record(published(key)) for key in some])
            written += some
    assert written
    assert set(store.recorded([*written, *some])) == set(written), "a write is done, or it is not"
    small_disk.grow()
    store.insert([build_record(published(key)) for key in some])
    assert set(store.recorded(some)) == set(some)


def test_a_connection_that_is_dropped(server: PostgresqlServer) -> None:
    store = store_at(server)
    store.insert([build_record(published("k"))])
    drop(server)
    assert list(store.recorded(["k"])) == ["k"]
    drop(server)
    store.insert([build_record(published("l"))])
    assert set(store.recorded(["k", "l"])) == {"k", "l"}


def drop(server: PostgresqlServer) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lab' AND pid <> pg_backend_pid()"
    )


def test_more_rows_than_come_at_once(server: PostgresqlServer) -> None:
    store = store_at(server)
    server.execute(MANY, FETCHED_TOGETHER + 1)
    keys = [state["key"] for state in store.states()]
    assert (len(keys), keys) == (FETCHED_TOGETHER + 1, sorted(keys))
    some = store.states()
    assert next(some)["key"] == "00000001"
    assert list(store.job_states(["00000002"])) == ["00000002"], "somebody else may ask meanwhile"
    assert next(some)["key"] == "00000002"


def test_who_only_reads_makes_nothing(server: PostgresqlServer) -> None:
    store = store_at(server, read_only=True)
    assert (list(store.states()), store.recorded(["k"]), list(store.launches()), store.keys("")) == ([], {}, [], [])
    assert server.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@pytest.mark.parametrize(
    ("url", "variables", "said"),
    [
        ("postgresql://127.0.0.1:{port}/lab", {"PGPASSWORD": "another-one"}, "password authentication failed"),
        ("postgresql://nobody@127.0.0.1:{port}/lab", {}, "password authentication failed"),
        ("postgresql://127.0.0.1:{port}/absent", {}, 'database "absent" does not exist'),
        ("postgresql://127.0.0.1:{port}/lab?color=red", {}, "is not the address of a database"),
        ("postgresql://127.0.0.1:port/lab", {}, "invalid"),
    ],
)
def test_what_leads_nowhere_is_refused_at_once(
    url: str, variables: dict[str, str], said: str, server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as refused:
        open_store(url.format(port=server.port))
    assert said in str(refused.value)
    assert "another-one" not in str(refused.value)


def test_a_password_in_the_address_is_said_nowhere(server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSWORD")
    store = open_store(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/lab")
    assert isinstance(store, PostgresqlStore)
    assert store.database.place == f"postgresql://127.0.0.1:{server.port}/lab"
    with pytest.raises(InvalidInput) as refused:
        open_store(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/absent")
    assert PASSWORD not in str(refused.value)


@pytest.fixture
def reader(server: PostgresqlServer) -> Iterator[str]:
    """The address for a user who may read."""
    store_at(server).insert([build_record(published("k"))])
    server.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    server.execute("GRANT USAGE ON SCHEMA public TO reader")
    server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    yield server.url.replace("//", "//reader@")
    server.execute("DROP OWNED BY reader")
    server.execute("DROP ROLE reader")


def test_who_may_only_read_reads(reader: str) -> None:
    store = open_store(reader, read_only=True)
    store.check(write=False)
    assert list(store.recorded(["k"])) == ["k"]


def test_who_may_only_read_is_told_before_anything_is_written(reader: str) -> None:
    store = open_store(reader)
    with pytest.raises(InvalidInput, match="this user may not INSERT and UPDATE in record_documents, job_states, laun"):
        store.check(write=True)
    with pytest.raises(
        InvalidInput, match="this user may not INSERT and UPDATE in history_documents; ask the administrator"
    ):
        store.check_history()
    with pytest.raises(InvalidInput, match=r"permission denied for table record_\w+; ask the administrator"):
        store.insert([build_record(published("l"))])


def test_who_may_make_no_tables_is_told_who_can(reader: str, server: PostgresqlServer) -> None:
    for (name,) in server.execute("SELECT viewname FROM pg_views WHERE schemaname = 'public'"):
        server.execute(f"DROP VIEW {name}")
    for (name,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        server.execute(f"DROP TABLE {name} CASCADE")
    with pytest.raises(InvalidInput, match="has no tables, and this user may not make them: let somebody who may run"):
        check_writable(reader)
    with pytest.raises(
        InvalidInput, match=r"permission denied for schema public; let somebody .* `analysis-jobs store "
    ):
        open_store(reader)


def test_a_user_who_is_read_only_by_setting(server: PostgresqlServer) -> None:
    store_at(server)
    store = open_store(f"{server.url}?options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(InvalidInput, match="can only be read, by its server or by this user"):
        store.check(write=True)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "the disk of the server is full: free some space"),
        (psycopg.errors.DeadlockDetected("deadlock detected"), "deadlock detected"),
        (psycopg.errors.AdminShutdown("terminating connection"), "terminating connection"),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), "the database system is starting up"),
        (psycopg.OperationalError("server closed the connection"), "server closed the connection"),
        (psycopg.errors.InsufficientPrivilege("permission denied"), ""),
        (psycopg.OperationalError("password authentication failed"), ""),
        (ValueError("closed"), ""),
    ],
)
def test_what_passes(error: Exception, said: str, server: PostgresqlServer) -> None:
    assert store_at(server, read_only=True).database._why_not_now(error) == said


def test_a_launch_of_done_jobs_waits_for_few_answers(server: PostgresqlServer, tmp_path: Path) -> None:
    """Of 1,000 jobs at most 10 round trips, those of the connection among them: 1 s where each takes 100 ms."""
    launch = Launch(tmp_path)
    write_files(tmp_path, {f"jobs/{number}.json": job_text(f"s3://in/{number}") for number in range(1_000)})
    assert launch.run("--check-inputs", "none", "--plan").returncode == 0
    lines = map(json.loads, (launch.work / "decisions.jsonl").read_text().splitlines())
    template = build_record(published())
    records = [{**template, "_id": line["key"], "location": f"/bucket/{line['key']}"} for line in lines]
    open_store(server.url).insert(records)

    with Proxy(f"127.0.0.1:{server.port}") as proxy:
        launch.store = server.url.replace(f"127.0.0.1:{server.port}", proxy.host)  # type: ignore[assignment]
        ended = launch.run("--check-inputs", "none")
        assert (ended.returncode, set(launch.decisions()), len(launch.decisions())) == (0, {"done"}, 1_002), (
            ended.stderr
        )
        assert proxy.round_trips <= 10
