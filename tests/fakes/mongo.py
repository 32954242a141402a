"""A real document database: mongo-java-server, which keeps its data with H2 and speaks MongoDB's protocol."""

import contextlib
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pymongo import MongoClient

from .processes import Server

HERE = Path(__file__).parent / "mongo_server"
PROJECT = Path(__file__).parents[2]
JARS = PROJECT / ".venv/share/docdb-jars"
FIND_JAVA = PROJECT / "tools/find-java"
FETCH = PROJECT / "tools/jars/fetch.py"
_PORT = re.compile(r"^listens on (\d+)\.$", re.MULTILINE)


class UnavailableError(RuntimeError):
    """What this database needs is not there, and cannot be fetched."""


class Mongo:
    """The database, with its data in `folder`; `client` is connected to it."""

    def __init__(self, folder: Path) -> None:
        self._server = Server(_command(folder / "data.mv"), folder / "mongo.log")
        try:
            self._server.wait_until(self._says_its_port)  # which nobody else can have: it holds it already
            self.client: MongoClient = MongoClient("127.0.0.1", self.port, serverSelectionTimeoutMS=10_000)
            self.client.server_info()
        except BaseException:
            self._server.kill()
            raise

    def _says_its_port(self) -> bool:
        if found := _PORT.search(self._server.log.read_text()):
            self.port = int(found[1])
        return bool(found)

    def close(self) -> None:
        self.client.close()
        self._server.kill()


def _command(data: Path) -> list[str]:
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"]  # starts in 1 s
    return [_java(), *options, "-cp", f"{jars()}/*", "groovy.ui.GroovyMain", str(HERE / "start.groovy"), str(data)]


def _java() -> str:
    found = subprocess.run([FIND_JAVA], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if found.returncode:
        raise UnavailableError(f"the document database of the tests cannot run: {found.stderr}")
    return found.stdout.strip()


def jars() -> Path:
    """Return the folder of the database's jars, which are fetched once for each content of their list."""
    listing = HERE / "jars.txt"
    folder = JARS / hashlib.sha256(listing.read_bytes()).hexdigest()[:12]
    if folder.is_dir():
        return folder
    JARS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS, prefix="new-") as temporary:
        new = Path(temporary) / "jars"
        done = subprocess.run([sys.executable, FETCH, listing, new], capture_output=True, text=True)
        if done.returncode:
            raise UnavailableError(done.stderr)
        with contextlib.suppress(OSError):  # another one was first
            new.rename(folder)
    return folder
