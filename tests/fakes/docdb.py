"""AIND's document database for tests: its REST API over TLS, in front of a real database, on this machine only."""

import socket
import tempfile
import threading
from pathlib import Path

import trustme
import uvicorn
from pymongo.collection import Collection

from .faults import Faults, Request
from .gateway import Gateway
from .keys import READER, WRITER, Keys
from .mongo import Mongo
from .processes import wait_until

VERSION, DATABASE = "v1", "analysis"


class DocDBServer:
    """The API at `host`; the keys of `environment` may write, everybody may read.

    Attributes
    ----------
    host
        ``localhost:PORT``
    ca_bundle
        File with the certificate authority, for ``REQUESTS_CA_BUNDLE``.
    faults
        What shall go wrong.
    requests
        What was asked, in the order of the answers.
    """

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="docdb-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self.ca_bundle = self._folder / "ca.pem"
        self._mongo = Mongo(self._folder)
        try:
            self._gateway = Gateway(self._mongo.client, VERSION)
            self._serve()
        except BaseException:
            self._mongo.close()
            raise

    def _serve(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or every answer is 40 ms late
        self.host = f"localhost:{listening.getsockname()[1]}"
        self._uvicorn = uvicorn.Server(self._config())
        self._thread = threading.Thread(target=self._uvicorn.run, args=([listening],), daemon=True)
        self._thread.start()
        wait_until(lambda: self._uvicorn.started or not self._thread.is_alive(), "the API answers")
        if not self._uvicorn.started:
            raise RuntimeError("the API did not start: see what its thread printed")

    def _config(self) -> uvicorn.Config:
        authority = trustme.CA()
        certificate = self._folder / "localhost.pem"
        authority.cert_pem.write_to_path(self.ca_bundle)
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
        return uvicorn.Config(
            self._gateway,
            ssl_certfile=certificate,
            http="h11",
            h11_max_incomplete_event_size=16 * 1024**2,  # so that it is us who refuse a long URL
            timeout_keep_alive=60,
            lifespan="off",
            log_level="warning",
        )

    @property
    def faults(self) -> Faults:
        return self._gateway.faults

    @property
    def requests(self) -> list[Request]:
        return self._gateway.requests

    @property
    def environment(self) -> dict[str, str]:
        """What the client of AIND needs to find the API and to write to it."""
        return self._environment(WRITER)

    @property
    def reader_environment(self) -> dict[str, str]:
        return self._environment(READER)

    def _environment(self, keys: Keys) -> dict[str, str]:
        return {
            **keys.environment,
            "DOCDB_HOST": self.host,
            "DOCDB_VERSION": VERSION,
            "DOCDB_DATABASE": DATABASE,
            "REQUESTS_CA_BUNDLE": str(self.ca_bundle),
        }

    def collection(self, name: str) -> Collection:
        """Return a collection to look into, past the API."""
        return self._mongo.client[DATABASE][name]

    def clear(self) -> None:
        """Forget requests and faults, not what is stored."""
        self.faults.clear()
        self.requests.clear()

    def empty(self) -> None:
        """Forget what is stored as well."""
        self.clear()
        for name in self._mongo.client.list_database_names():
            self._mongo.client.drop_database(name)

    def close(self) -> None:
        self._uvicorn.should_exit = self._uvicorn.force_exit = True  # not after the connections that clients keep
        self._thread.join(10)
        self._mongo.close()
        self._temporary.cleanup()

    def __enter__(self) -> "DocDBServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
