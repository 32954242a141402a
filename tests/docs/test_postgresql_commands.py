"""The commands of the documents for a database of PostgreSQL: rights, an upgrade, a backup that is restored."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.postgresql import PASSWORD, PostgresqlServer
from support.launches import launch
from support.samples import ANALYSIS, write_files

from .blocks import PROJECT, Block, blocks_of

pytestmark = pytest.mark.slow
Run = Callable[[Block, str], str]


@pytest.fixture
def server() -> Iterator[PostgresqlServer]:
    """A server of its own, as roles are of a whole server, with the database and the users of the documents."""
    with PostgresqlServer() as server:
        for name in ("owner", "alice"):
            server.execute(f"CREATE ROLE {name} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
        server.execute("CREATE DATABASE analyses OWNER owner")
        yield server


@pytest.fixture
def run(server: PostgresqlServer, tmp_path: Path) -> Run:
    """Return what executes a block as a user, with this server in place of the documents', and returns its output."""

    def execute(block: Block, user: str) -> str:
        text = block.text.replace("db.lab.org", "127.0.0.1").replace("analyses.dump", f"{tmp_path}/analyses.dump")
        path = os.pathsep.join([str(Path(sys.prefix) / "bin"), str(server.programs), os.environ["PATH"]])
        known = {"PATH": path, "PGUSER": user, "PGPASSWORD": PASSWORD, "PGPORT": str(server.port)}
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=PROJECT,
            env={**os.environ, **known},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return execute


def block(page: str, word: str) -> Block:
    """Return the block of a page that has a word."""
    (found,) = (one for one in blocks_of(page) if word in one.text and "db.lab.org" in one.text)
    return found


def test_rights_are_given_and_a_backup_is_restored(
    run: Run, server: PostgresqlServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(block("docs/rights.md", "GRANT"), "postgres")
    url = f"postgresql://127.0.0.1:{server.port}/analyses"
    monkeypatch.setenv("PGUSER", "alice")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    analysis = write_files(tmp_path, {"rates.py": ANALYSIS}) / "rates.py"
    (key,) = launch(tmp_path, analysis, url, str(tmp_path / "bucket"))
    run(block("docs/upgrading.md", "store prepare"), "postgres")  # as of an upgrade
    listed = run(block("docs/upgrading.md", "pg_dump"), "owner")
    assert key[:12] in listed
    assert "done" in listed
    rights = "SELECT has_table_privilege('alice', name, 'INSERT'), has_table_privilege('alice', name, 'DELETE') "
    rights += "FROM unnest(ARRAY['record_documents']) AS name"
    assert server.execute(rights, database="analyses_restored") == [(True, False)]
