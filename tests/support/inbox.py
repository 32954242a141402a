"""A server on this machine that gets the messages of launches."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Inbox:
    """What came to `address`, in a form of Apprise.

    Attributes
    ----------
    address
        ``json://127.0.0.1:PORT/planted-path``
    messages
        What it got, as JSON.
    status
        What it answers.
    """

    def __init__(self, port: int) -> None:
        self.address = f"json://127.0.0.1:{port}/planted-path"
        self.messages: list[dict[str, Any]] = []
        self.status = 200


@contextmanager
def inbox() -> Iterator[Inbox]:
    """Serve an inbox meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Inbox(server.server_port)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()
