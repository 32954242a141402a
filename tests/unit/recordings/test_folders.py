"""Folders of files, on a disk, in S3 and on a web server."""

import os
from pathlib import Path

import pytest
from fakes.files import FileServer
from support.recordings import BUCKET

from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder


def test_on_a_disk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    folder = LocalFolder(str(tmp_path))
    assert (folder.get("a"), folder.get("b")) == (b"content", None)
    assert folder.names() == ["a"]


def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".zgroup")
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        LocalFolder(str(tmp_path)).get(".zgroup")


def test_on_a_web_server(server: FileServer) -> None:
    folder = RemoteFolder(f"{server.url}/zarr.nwb", anonymous=False)
    assert folder.get(".zgroup")
    assert folder.get("zarr.json") is None
    assert "acquisition" in folder.names()
    server.lists_folders = False
    assert RemoteFolder(f"{server.url}/zarr.nwb", anonymous=False).names() == []


@pytest.mark.parametrize("status", [401, 403])
def test_what_may_not_be_read_is_not_there_and_noted(server: FileServer, status: int) -> None:
    server.refuses = status
    folder = RemoteFolder(f"{server.url}/zarr.nwb", anonymous=False)
    assert folder.get(".zgroup") is None
    assert str(folder.refusal) == f"HTTP {status}"


@pytest.mark.usefixtures("through_proxy")
def test_in_s3(bucket: str) -> None:
    folder = RemoteFolder(f"s3://{BUCKET}/zarr.nwb", anonymous=False)
    assert folder.get(".zgroup")
    assert folder.get("zarr.json") is None
    assert {".zgroup", ".zmetadata", "acquisition"} <= set(folder.names())
    assert RemoteFolder(f"s3://{BUCKET}/hdf5.nwb", anonymous=False).names() == []
    refused = RemoteFolder(f"s3://{BUCKET}/zarr.nwb", anonymous=True)
    assert refused.get(".zgroup") is None
    assert refused.refusal
