"""Repositories of capsules over HTTPS, for whoever has the token, as Code Ocean's git host; on this machine only."""

import base64
import ssl
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

_COMMIT = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")


class GitServer:
    """Serves bare repositories at ``https://<host>/<name>.git``; the token is the user name, as on Code Ocean."""

    def __init__(self, folder: Path, token: str) -> None:
        self.folder, self.token = folder, token
        self.repositories = folder / "repositories"
        self.repositories.mkdir(parents=True)
        self.refused = 0
        authority, self.certificate = trustme.CA(), folder / "authority.pem"
        authority.cert_pem.write_to_path(self.certificate)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, directory=str(self.repositories)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """What a task of Code Ocean has, and the certificate that git is to trust."""
        return {"GIT_HOST": self.host, "GIT_ACCESS_TOKEN": self.token, "GIT_SSL_CAINFO": str(self.certificate)}

    def publish(self, name: str, files: dict[str, str]) -> str:
        """Make a repository with one commit of these files, and return that."""
        work = self.folder / "work" / name
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        for words in (["init", "--quiet"], ["add", "--all"], [*_COMMIT, "commit", "--quiet", "--message", "code"]):
            subprocess.run(["git", "-C", str(work), *words], check=True)
        bare = self.repositories / f"{name}.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(bare)], check=True)
        subprocess.run(["git", "-C", str(bare), "update-server-info"], check=True)
        told = subprocess.run(["git", "-C", str(work), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        return told.stdout.strip()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, git: GitServer, *arguments: Any, **options: Any) -> None:
        self._git = git
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode().partition(":")[0] != self._git.token:
            self._git.refused += 1
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="capsules"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing: the output is pytest's."""
