"""Recordings on disk, over HTTP and in S3, and what is none."""

import gc
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
import zarr
from fakes.files import FileServer, serving
from fakes.proxy import Proxy
from fakes.s3 import PUBLIC, S3Server
from support.recordings import BUCKET, READS_VERSION_3, SAMPLES, upload, write_hdf5, write_zarr, write_zarr_2


def write_all(folder: Path, samples: int) -> None:
    """Write a recording in each format, and those in Zarr also without consolidated metadata."""
    write_hdf5(folder / "hdf5.nwb", samples)
    write_zarr_2(folder / "zarr.nwb", samples)
    shutil.copytree(folder / "zarr.nwb", folder / "plain.zarr")
    (folder / "plain.zarr" / ".zmetadata").unlink()
    if READS_VERSION_3:
        write_zarr(folder / "zarr3.nwb", samples)
        shutil.copytree(folder / "zarr3.nwb", folder / "plain3.zarr")
        document = json.loads((folder / "plain3.zarr" / "zarr.json").read_text())
        del document["consolidated_metadata"]
        (folder / "plain3.zarr" / "zarr.json").write_text(json.dumps(document))


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings, and of what is none; read only."""
    folder = tmp_path_factory.mktemp("some recordings, 100% öäü")
    write_all(folder, samples=10)
    write_hdf5(folder / "large.nwb", samples=1_000_000)

    whole = (folder / "large.nwb").read_bytes()
    (folder / "truncated.nwb").write_bytes(whole[: len(whole) // 2])
    (folder / "signature only.nwb").write_bytes(whole[:8])
    (folder / "empty.nwb").touch()
    (folder / "text.nwb").write_text("not a recording")
    (folder / "page.nwb").write_text("<!DOCTYPE html><html></html>")
    with h5py.File(folder / "other.h5", "w") as file:
        file["a"] = 1
    zarr.open_group(str(folder / "other.zarr"), mode="w").create_group("a")
    zarr.open_array(str(folder / "array.zarr"), mode="w", shape=3)
    (folder / "empty folder").mkdir()
    (folder / "asset").mkdir()
    (folder / "asset" / "inner.nwb").touch()
    (folder / "version 3.zarr").mkdir()
    (folder / "version 3.zarr" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    shutil.copytree(folder / "zarr.nwb", folder / "damaged.zarr")
    (folder / "damaged.zarr" / ".zmetadata").write_text('{"metadata": {')
    shutil.copytree(folder / "version 3.zarr", folder / "damaged3.zarr")
    (folder / "damaged3.zarr" / "zarr.json").write_text('{"zarr_format": 3')
    return folder


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """Keep the threads of the servers, which are in this process, from collecting objects of h5py.

    It holds a lock while it reads: the thread that collects would wait for it, and it for an answer of that thread.
    """
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture
def server(recordings: Path) -> Iterator[FileServer]:
    with serving(recordings) as server:
        yield server


@pytest.fixture(scope="session")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of large recordings: 200 trials and 32 MB of noise in each; read only."""
    folder = tmp_path_factory.mktemp("recordings")
    write_all(folder, SAMPLES)
    return folder


@pytest.fixture(scope="session")
def proxy(s3: S3Server) -> Iterator[Proxy]:
    with Proxy(s3.url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def bucket(s3: S3Server, sessions: Path) -> str:
    """URL of a bucket that holds the generated recordings, and what is none; so does the public one."""
    s3.make_bucket(BUCKET)
    for path in sessions.iterdir():
        upload(s3, path, path.name)
    for name in ("hdf5.nwb", "zarr.nwb", *(["zarr3.nwb"] if READS_VERSION_3 else [])):
        upload(s3, sessions / name, name, PUBLIC)
    v3 = b'{"zarr_format": 3, "node_type": "group", "attributes": {}}'
    for key, content in {"version 3.zarr/zarr.json": v3, "asset/inner.nwb": b"", "text.nwb": b"no recording"}.items():
        s3.client().put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}"


@pytest.fixture
def through_proxy(monkeypatch: pytest.MonkeyPatch, s3: S3Server, proxy: Proxy) -> None:
    """Read through the proxy, by keys that may only read, with the region that AWS_REGION names."""
    proxy.clear()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**s3.reader_environment, "AWS_ENDPOINT_URL": proxy.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
