"""A file server over HTTP with byte ranges, which counts what it sends."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass

    def list_directory(self, path):
        if self.server.lists_folders:
            return super().list_directory(path)
        self.send_error(404)

    def do_HEAD(self) -> None:
        self.server.requests += 1
        if refused := self.server.refuses or self.server.refuses_heads:
            return self.send_error(refused)
        return super().do_HEAD()

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d*)-(\d+)", self.headers.get("Range", ""))
        self.server.requests += 1
        if self.server.delay:
            time.sleep(self.server.delay)
        if self.server.refuses:
            return self.send_error(self.server.refuses)
        if not (wanted and self.server.has_ranges and path.is_file()):
            self.server.bytes_sent += path.stat().st_size if path.is_file() else 0
            return super().do_GET()
        size, last = path.stat().st_size, int(wanted[2])
        start = int(wanted[1]) if wanted[1] else max(size - last, 0)  # "-5" are the last five
        with path.open("rb") as file:
            file.seek(start)
            part = file.read(last + 1 - start if wanted[1] else last)
        self.server.bytes_sent += len(part)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{size}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


class FileServer(ThreadingHTTPServer):
    """Serves a folder; may be told to list no folders, to know no ranges, or to refuse with a status."""

    lists_folders = True
    has_ranges = True
    refuses: int | None = None
    refuses_heads: int | None = None  # and sends files, as one does to whoever has a signature for that alone
    delay = 0.0  # seconds before each answer, as one elsewhere has
    requests = 0
    bytes_sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_) -> None:
        pass  # clients hang up


@contextmanager
def serving(folder: Path) -> Iterator[FileServer]:
    with FileServer(("127.0.0.1", 0), partial(_Handler, directory=folder)) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
