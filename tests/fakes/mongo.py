"""A real document database: mongo-java-server, which keeps its data with H2 and speaks MongoDB's protocol."""

import contextlib
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from pymongo import MongoClient

from .processes import Server

HERE = Path(__file__).parent / "mongo_server"
JARS = Path(__file__).parents[2] / ".venv/share/docdb-jars"
_PORT = re.compile(r"^listens on (\d+)\.$", re.MULTILINE)


class UnavailableError(RuntimeError):
    """A program is missing that this database needs."""


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
    script = str(HERE / "start.groovy")
    return [_program("java"), *options, "-cp", f"{jars()}/*", "groovy.ui.GroovyMain", script, str(data)]


def _program(name: str) -> str:
    if not (found := shutil.which(name)):
        raise UnavailableError(f"`{name}` is not on PATH: the document database of the tests needs it")
    return found


def jars() -> Path:
    """Return the folder of the database's jars, which Maven fetches once for each content of pom.xml."""
    pom = HERE / "pom.xml"
    folder = JARS / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if folder.is_dir():
        return folder
    maven = _program("mvn")
    JARS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS, prefix="new-") as temporary:
        new = Path(temporary) / "jars"
        _fetch(maven, pom, new)
        with contextlib.suppress(OSError):  # another one was first
            new.rename(folder)
    return folder


def _fetch(maven: str, pom: Path, folder: Path) -> None:
    command = [maven, "-q", "-B", "-Dstyle.color=never", "-f", str(pom), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"Maven did not fetch the document database:\n{done.stdout}{done.stderr}")
