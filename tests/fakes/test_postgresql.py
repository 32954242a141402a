"""The PostgreSQL server of the tests is a real one, which keeps what was committed when it is killed."""

import psycopg
import pytest

from .postgresql import PostgresqlServer


def test_it_keeps_what_was_committed() -> None:
    with PostgresqlServer() as server:
        server.execute("CREATE TABLE one (n integer)")
        server.execute("INSERT INTO one VALUES (1)")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            server.execute("SELECT 1")
        server.start()
        assert server.execute("SELECT n FROM one") == [(1,)]
        server.empty()
        assert server.execute("SELECT to_regclass('one')") == [(None,)]


def test_it_wants_a_password(postgresql: PostgresqlServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgresql.url, user="postgres", password="another")
