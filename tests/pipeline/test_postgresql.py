"""The pipeline with records and states in PostgreSQL: once, shared by two launches, and through a server's death."""

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.postgresql import PASSWORD, PostgresqlServer
from fakes.proxy import Proxy
from support.lab import holding_lab

pytestmark = [pytest.mark.nextflow, pytest.mark.slow]


@pytest.fixture
def server() -> Iterator[PostgresqlServer]:
    """A server that a test may kill."""
    with PostgresqlServer() as server:
        yield server


def options(server: PostgresqlServer) -> dict[str, Any]:
    return {"env": server.environment, "store": server.url}


def test_once_and_without_a_password_in_what_is_written(new_lab: Any, server: PostgresqlServer) -> None:
    lab = new_lab("once")
    lab.use("holding.py")
    for name in ("a", "b"):
        lab.job(name)
    ended = lab.run(**options(server))
    assert ended.states == {"a.json": "done", "b.json": "done"}, ended.said
    again = lab.run(**options(server))
    assert {again.row(name)["reason"] for name in ("a.json", "b.json")} == {"done before: the store has its record"}
    assert lab.runs == {f"{name} {when}": 1 for name in "ab" for when in ("started", "finished")}
    assert server.execute("SELECT state, count(*) FROM jobs GROUP BY state") == [("done", 2)]
    assert server.execute("SELECT state FROM launches") == [("ended",), ("ended",)]
    written = [path for path in lab.folder.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    assert written == []


def test_a_launch_of_done_jobs_asks_a_server_far_away_little(new_lab: Any, server: PostgresqlServer) -> None:
    lab = new_lab("far away")
    lab.use("holding.py")
    lab.job("a")
    with Proxy(f"127.0.0.1:{server.port}") as proxy:
        store = server.url.replace(f"127.0.0.1:{server.port}", proxy.host)
        assert lab.run(env=server.environment, store=store).states == {"a.json": "done"}
        proxy.clear()
        again = lab.run(env=server.environment, store=store)
    assert again.row("a.json")["reason"] == "done before: the store has its record"
    assert (proxy.connections, proxy.round_trips) == (1, 8)  # 4 to connect
    first, second = server.execute("SELECT report, counts FROM launches")
    assert first == second == (f"{lab.out}/report.html", {"done": 1})


def test_a_password_in_the_address_is_refused(new_lab: Any, server: PostgresqlServer) -> None:
    lab = new_lab("refused")
    lab.use("holding.py")
    lab.job("a")
    ended = lab.run(store=server.url.replace("//", f"//postgres:{PASSWORD}@"))
    assert (
        "--store holds a password: leave it out of the address, and put it into the variable PGPASSWORD" in ended.said
    )
    assert not ended.tasks


def test_a_server_that_dies_while_two_launches_share_jobs(new_lab: Any, server: PostgresqlServer) -> None:
    lab, held = holding_lab(new_lab, "shared", "hold analyze", "b")
    given = {"env": {**held, **server.environment}, "store": server.url}
    running = lab.start(**given)
    running.wait_until((lab.folder / "hold" / "hold analyze reached").exists, "the job is held")
    server.kill()
    server.start()
    second = lab.run(**given, outdir=lab.folder / "second", bucket=lab.bucket)
    assert second.states["hold analyze.json"] == "claimed", second.said
    (lab.folder / "hold" / "hold analyze go").touch()
    assert set(running.wait().states.values()) == {"done"}
    assert lab.runs["hold analyze started"] == 1
    assert server.execute("SELECT count(*) FROM record_documents") == [(2,)]
