"""A file server over HTTP with byte ranges, which counts what it sends."""

import re
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

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        self.server.requests += 1
        if not (wanted and self.server.has_ranges and path.is_file()):
            return super().do_GET()
        with path.open("rb") as file:
            file.seek(int(wanted[1]))
            part = file.read(int(wanted[2]) + 1 - int(wanted[1]))
        self.server.bytes_sent += len(part)
        self.send_response(206)
        end = int(wanted[1]) + len(part) - 1
        self.send_header("Content-Range", f"bytes {wanted[1]}-{end}/{path.stat().st_size}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


class FileServer(ThreadingHTTPServer):
    """Serves a folder; may be told to list no folders, or to know no ranges."""

    lists_folders = True
    has_ranges = True
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
