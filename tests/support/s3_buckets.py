"""What is published in a bucket in S3, and whether it is whole."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server

from analysis_jobs.bucket import s3, s3_sending
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.protocol import ResultFile

ABOUT = {"key": "k", "by": "a test"}


def replace_in_bucket(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    """Put something in the place of what both modules of the bucket use, such as `obstore`."""
    for module in (s3, s3_sending):
        monkeypatch.setattr(module, name, value)


def files_of(folder: Path, **contents: str) -> list[ResultFile]:
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_text(content)
    return [ResultFile(f"sub/{file}" if file == "deep" else file, folder / file) for file in contents]


def contents(server: S3Server, name: str, prefix: str = "some/prefix/") -> dict[str, bytes]:
    return {key.removeprefix(prefix): server.read(name, key) for key in server.objects(name, prefix)}


def check_whole(server: S3Server, name: str, key: str = "k", prefix: str = "some/prefix/") -> dict[str, Any]:
    """Return a manifest after seeing that what lies under its key is as it says, and no more."""
    found = contents(server, name, f"{prefix}{key}/")
    manifest: dict[str, Any] = json.loads(found.pop(MANIFEST))
    folder = manifest["location"].rpartition("/")[2]
    assert manifest["location"] == f"s3://{name}/{prefix}{key}/{folder}"
    assert found.keys() == {f"{folder}/{line['path']}" for line in manifest["files"]}
    for line in manifest["files"]:
        content = found[f"{folder}/{line['path']}"]
        assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    return manifest
