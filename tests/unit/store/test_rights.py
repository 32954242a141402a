"""The roles of docs/policies are enough for what each does in PostgreSQL and DocDB, and for no more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fakes.docdb import DocDBServer
from fakes.postgresql import PASSWORD, PostgresqlServer
from support.launches import launch
from support.samples import ANALYSIS, PROJECT, run_command, write_files

POLICIES = PROJECT / "docs" / "policies"
USERS = ("reader", "launcher", "upkeep")


class Database:
    """A PostgreSQL store whose users have the roles of the documents."""

    def __init__(self, server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.server, self._monkeypatch, self.folder = server, monkeypatch, folder

    def be(self, user: str) -> None:
        self._monkeypatch.setenv("PGUSER", user)
        self._monkeypatch.setenv("PGPASSWORD", PASSWORD)

    def do(self, user: str, *words: object) -> tuple[int, str]:
        """Let a user call a command; return its status, and what it said."""
        self.be(user)
        ended = run_command(*words, "--store", self.server.url, cwd=self.folder)
        return ended.returncode, ended.stdout + ended.stderr

    def launch(self, user: str, name: str) -> str:
        """Let a user launch one job, and return its key."""
        self.be(user)
        folder = self.folder / name
        analysis = write_files(folder, {"rates.py": ANALYSIS.replace("0.5", f"0.5{len(name)}")}) / "rates.py"
        (key,) = launch(folder, analysis, self.server.url, str(self.folder / "bucket"))
        return key


@pytest.fixture
def database(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Database]:
    postgresql.empty()
    found = Database(postgresql, monkeypatch, tmp_path)
    found.be("postgres")
    prepared = run_command("store", "prepare", postgresql.url, cwd=tmp_path)
    assert prepared.returncode == 0, prepared.stderr
    for _ in ("at first", "after an upgrade"):
        postgresql.execute((POLICIES / "postgresql.sql").read_text())
    for user in USERS:
        postgresql.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}' IN ROLE analysis_{user}")
    yield found
    postgresql.empty()
    for user in USERS:
        postgresql.execute(f"DROP ROLE {user}")
    for user in USERS:
        postgresql.execute(f"DROP ROLE analysis_{user}")


def test_each_may_do_its_own_in_postgresql(database: Database) -> None:
    key = database.launch("launcher", "one")
    bucket = ("--bucket", database.folder / "bucket")
    for command in (("list",), ("show", key), ("history", key), ("launches",)):
        status, said = database.do("reader", *command)
        assert status == 0, said
    status, said = database.do("upkeep", "fsck", "--repair", *bucket)
    assert status == 0, said
    status, said = database.do("upkeep", "forget", key, "--yes", *bucket)
    assert status == 0, said
    assert "forgotten" in database.do("reader", "history", key)[1]
    assert database.server.execute("SELECT count(*) FROM record_documents") == [(0,)]
    assert database.launch("upkeep", "two")  # with the rights of a launcher as well


def test_a_reader_launches_nothing(database: Database) -> None:
    with pytest.raises(AssertionError, match="refuses to be written: this user may not INSERT and UPDATE in"):
        database.launch("reader", "one")


def test_who_launches_removes_nothing(database: Database) -> None:
    key = database.launch("launcher", "one")
    status, said = database.do("launcher", "forget", key, "--yes", "--bucket", database.folder / "bucket")
    assert status != 0
    assert "permission denied" in said
    assert database.server.execute("SELECT count(*) FROM record_documents") == [(1,)]
    assert "done" in database.do("reader", "show", key)[1]


REFUSED = {
    "reader": ["INSERT INTO history_documents VALUES ('a', '', '{}')", "UPDATE job_states SET owner = 'me'"],
    "launcher": [
        "DELETE FROM record_documents",
        "UPDATE history_documents SET document = ''",
        "DROP VIEW jobs",
        "CREATE TABLE mine (one integer)",
    ],
    "upkeep": ["DELETE FROM history_documents", "DELETE FROM launch_documents", "DROP TABLE job_states"],
}


@pytest.mark.parametrize(("user", "query"), [(user, query) for user, some in REFUSED.items() for query in some])
def test_nobody_may_do_more_in_postgresql(database: Database, user: str, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.server.execute(query, user=user)


# DocDB, whose API asks who writes, and whose database has roles of its own

ACTIONS = {
    "find": {"find"},
    "base": {"find"},
    "count_documents": {"find"},
    "aggregate": {"find"},
    "insert_one": {"insert"},
    "update_one": {"update", "insert"},
    "bulk_write": {"update", "insert"},  # all of ours are updates that may insert
    "delete_one": {"remove"},
    "delete_many": {"remove"},
}
Rights = set[tuple[str, str]]


def rights_of(role: str) -> Rights:
    """Return the collections and actions of a role, with those of the roles that it has."""
    roles = {each["createRole"]: each for each in json.loads((POLICIES / "docdb.json").read_text())}
    own = {
        (privilege["resource"]["collection"], action)
        for privilege in roles[role]["privileges"]
        for action in privilege["actions"]
    }
    return own.union(*(rights_of(each["role"]) for each in roles[role]["roles"]))


@pytest.fixture
def documents(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[DocDBServer]:
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "my_project"}.items():
        monkeypatch.setenv(name, value)
    yield docdb
    docdb.empty()


def used(server: DocDBServer) -> Rights:
    """Return what was done since this was asked before."""
    done = {(request.collection, action) for request in server.requests for action in ACTIONS[request.endpoint]}
    server.clear()
    return done


def test_the_roles_in_docdb_are_what_each_does(documents: DocDBServer, tmp_path: Path) -> None:
    def call(*words: Any) -> Rights:
        ended = run_command(*words, "--store", "docdb", cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        return used(documents)

    analysis = write_files(tmp_path, {"rates.py": ANALYSIS}) / "rates.py"
    bucket = tmp_path / "bucket"
    (key,) = launch(tmp_path, analysis, docdb_place(documents), str(bucket))
    launching = used(documents)
    reading = call("list") | call("show", key) | call("history", key) | call("launches")
    keeping = call("fsck", "--repair", "--bucket", bucket) | call("forget", key, "--yes", "--bucket", bucket)
    assert reading == rights_of("analysis_reader")
    assert launching <= rights_of("analysis_launcher")
    assert rights_of("analysis_launcher") - launching - reading <= {("my_project_launches", "insert")}
    assert keeping <= rights_of("analysis_upkeep")
    assert rights_of("analysis_upkeep") - keeping <= rights_of("analysis_launcher")


def docdb_place(server: DocDBServer) -> str:
    """Return the place of the database as Nextflow hands it to its tasks."""
    host = server.host.replace(":", "%3A")
    return f"docdb://{host}/v1/analysis/my_project"
