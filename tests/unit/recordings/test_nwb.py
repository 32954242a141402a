"""`open_nwb`: both formats, local and over HTTP, and every way in which a recording is none."""

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import h5py
import numpy as np
import pytest
import zarr
from hdmf_zarr import NWBZarrIO
from pynwb import NWBHDF5IO, NWBFile, TimeSeries

from analysis_jobs import open_nwb
from analysis_jobs.recordings.traffic import traffic, traffic_since

GO_CUES = [1.5, 2.5, 4.0]


def recording(samples: int = 10) -> NWBFile:
    nwb = NWBFile(session_description="test", identifier="test", session_start_time=datetime(2024, 3, 1, tzinfo=UTC))
    nwb.add_trial_column("goCue_start_time", "seconds")
    for cue in GO_CUES:
        nwb.add_trial(start_time=cue - 1, stop_time=cue + 1, goCue_start_time=cue)
    noise = np.random.default_rng(0).random(samples)
    nwb.add_acquisition(TimeSeries(name="noise", data=noise, unit="V", rate=1.0))
    return nwb


def go_cues(url: str | Path) -> list[float]:
    with open_nwb(url) as nwb:
        return list(nwb.trials["goCue_start_time"][:])


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    """A folder of recordings, and of what is none; read only."""
    folder = tmp_path_factory.mktemp("some recordings, 100% öäü")
    with NWBHDF5IO(folder / "hdf5.nwb", "w") as io:
        io.write(recording())
    with NWBZarrIO(str(folder / "zarr.nwb"), "w") as io:
        io.write(recording())
    shutil.copytree(folder / "zarr.nwb", folder / "plain.zarr")
    (folder / "plain.zarr" / ".zmetadata").unlink()
    with NWBHDF5IO(folder / "large.nwb", "w") as io:
        io.write(recording(samples=1_000_000))

    whole = (folder / "large.nwb").read_bytes()
    (folder / "truncated.nwb").write_bytes(whole[: len(whole) // 2])
    (folder / "signature only.nwb").write_bytes(whole[:8])
    (folder / "empty.nwb").touch()
    (folder / "text.nwb").write_text("not a recording")
    (folder / "page.nwb").write_text("<!DOCTYPE html><html></html>")
    with h5py.File(folder / "other.h5", "w") as file:
        file["a"] = 1
    zarr.open_group(str(folder / "other.zarr"), "w").create_group("a")
    zarr.open_array(str(folder / "array.zarr"), "w", shape=3)
    (folder / "empty folder").mkdir()
    (folder / "asset").mkdir()
    (folder / "asset" / "inner.nwb").touch()
    (folder / "version 3.zarr").mkdir()
    (folder / "version 3.zarr" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')
    shutil.copytree(folder / "zarr.nwb", folder / "damaged.zarr")
    (folder / "damaged.zarr" / ".zmetadata").write_text('{"metadata": {')
    return folder


# Local


@pytest.mark.parametrize("name", ["hdf5.nwb", "zarr.nwb", "plain.zarr"])
@pytest.mark.parametrize(
    "as_url",
    [
        str,
        Path,
        lambda path: f"{path}/" if path.is_dir() else str(path),
        lambda path: path.as_uri(),
        lambda path: f"file://{str(path).replace('%', '%25')}",
        lambda path: os.path.relpath(path),
    ],
    ids=["str", "Path", "slash", "file", "unquoted", "relative"],
)
def test_local_recordings_are_read(recordings, name, as_url):
    assert go_cues(as_url(recordings / name)) == GO_CUES


def test_the_format_is_not_taken_from_the_name(recordings, tmp_path):
    shutil.copy(recordings / "hdf5.nwb", tmp_path / "hdf5.zarr")
    shutil.copytree(recordings / "zarr.nwb", tmp_path / "zarr.h5")
    assert go_cues(tmp_path / "hdf5.zarr") == go_cues(tmp_path / "zarr.h5") == GO_CUES


def test_odd_names_are_only_names(recordings, tmp_path):
    for name in ("a::b.nwb", "a#b?c.nwb", "s3:b.nwb"):
        shutil.copytree(recordings / "zarr.nwb", tmp_path / name)
        assert go_cues(tmp_path / name) == GO_CUES
    shutil.copytree(recordings / "zarr.nwb", tmp_path / "archive.zip")
    assert go_cues(tmp_path / "archive.zip") == GO_CUES


def test_hdf5_after_a_user_block_is_read(recordings, tmp_path):
    (tmp_path / "block.nwb").write_bytes(bytes(512) + (recordings / "hdf5.nwb").read_bytes())
    assert go_cues(tmp_path / "block.nwb") == GO_CUES


@pytest.mark.parametrize("name", ["hdf5.nwb", "zarr.nwb"])
def test_recordings_are_read_only(recordings, name):
    with open_nwb(recordings / name) as nwb, pytest.raises((OSError, zarr.errors.ReadOnlyError)):
        nwb.acquisition["noise"].data[0] = 1


def test_a_recording_is_closed_at_the_end(recordings):
    with open_nwb(recordings / "hdf5.nwb") as nwb:
        data = nwb.acquisition["noise"].data
        assert data
    assert not data


def test_a_recording_is_closed_on_an_exception(recordings):
    with pytest.raises(KeyError, match="mine"), open_nwb(recordings / "hdf5.nwb") as nwb:
        data = nwb.acquisition["noise"].data
        raise KeyError("mine")
    assert not data


def test_an_error_leaves_no_file_open(recordings):
    with pytest.raises(ValueError, match=r"other\.h5"), open_nwb(recordings / "other.h5"):
        pass
    with h5py.File(recordings / "other.h5", "r+"):  # refused while the file is open for reading
        pass


# What is no recording

REFUSED = [
    ("missing.nwb", FileNotFoundError, "check the path"),
    ("hdf5.nwb/inner", FileNotFoundError, "check the path"),
    ("empty.nwb", ValueError, "is empty"),
    ("text.nwb", ValueError, "neither HDF5 nor .* begins with b'not a recording'"),
    ("page.nwb", ValueError, "a web page"),
    ("truncated.nwb", ValueError, "truncated file.*copy it again"),
    ("signature only.nwb", ValueError, "copy it again"),
    ("other.h5", ValueError, "no nwb_version"),
    ("other.zarr", ValueError, "no nwb_version"),
    ("array.zarr", ValueError, "a single Zarr array"),
    ("empty folder", ValueError, "no Zarr store .* it is empty"),
    ("asset", ValueError, r"it holds 'inner\.nwb'; give the path of the recording"),
    ("version 3.zarr", ValueError, "Zarr version 3; export it"),
    ("damaged.zarr", ValueError, "not JSON.*copy it again"),
]


@pytest.mark.parametrize(("name", "error", "message"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_is_no_recording_is_refused_by_name(recordings, name, error, message):
    with pytest.raises(error, match=message) as caught, open_nwb(recordings / name):
        pass
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(recordings, tmp_path):
    path = Path(shutil.copy(recordings / "hdf5.nwb", tmp_path))
    path.chmod(0)
    with pytest.raises(PermissionError, match=r"hdf5\.nwb"), open_nwb(path):
        pass


def test_a_scheme_that_is_not_supported_is_refused():
    with pytest.raises(ValueError, match="gs:// is not supported; give a path, s3:// or https://"):
        go_cues("gs://bucket/session.nwb")


def test_a_list_is_refused(recordings):
    with pytest.raises(TypeError, match="one path or URL, not list"):
        go_cues([recordings / "hdf5.nwb"])


# HTTP


class Handler(SimpleHTTPRequestHandler):
    """A file server with byte ranges that counts what it sends."""

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


class Server(ThreadingHTTPServer):
    lists_folders = True
    has_ranges = True
    requests = 0
    bytes_sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_) -> None:
        pass  # clients hang up


@pytest.fixture
def server(recordings) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), partial(Handler, directory=recordings)) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("name", ["hdf5.nwb", "zarr.nwb", "zarr.nwb/", "plain.zarr"])
def test_recordings_are_read_over_http(server, name):
    assert go_cues(f"{server.url}/{name}") == GO_CUES


def test_a_url_made_into_a_path_is_read(server):
    assert go_cues(Path(f"{server.url}/zarr.nwb")) == GO_CUES


def test_a_small_read_does_not_fetch_a_large_hdf5_file(server, recordings):
    assert go_cues(f"{server.url}/large.nwb") == GO_CUES
    assert 0 < server.bytes_sent < (recordings / "large.nwb").stat().st_size / 2


def test_what_is_fetched_is_counted(server):
    before = traffic()
    with open_nwb(f"{server.url}/large.nwb") as nwb:
        nwb.acquisition["noise"].data[:]
    assert traffic_since(before)["fetched_bytes"] == server.bytes_sent


def test_all_of_a_large_hdf5_file_is_right(server):
    with open_nwb(f"{server.url}/large.nwb") as nwb:
        noise = nwb.acquisition["noise"].data[:]
    assert np.array_equal(noise, np.random.default_rng(0).random(1_000_000))


def test_a_consolidated_zarr_store_needs_few_requests_and_no_listing(server):
    server.lists_folders = False
    assert go_cues(f"{server.url}/zarr.nwb") == GO_CUES
    assert server.requests < 30


def test_no_other_thread_fetches_for_hdf5(server):
    # h5py holds a lock while it reads; were the fetching thread to collect garbage of h5py's, both would hang.
    code = """
import sys, threading, analysis_jobs
with analysis_jobs.open_nwb(sys.argv[1]) as nwb:
    nwb.acquisition["noise"].data[:]
    print([thread.name for thread in threading.enumerate()])
"""
    command = [sys.executable, "-c", code, f"{server.url}/large.nwb"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "['MainThread']\n"


def test_a_zarr_store_that_cannot_be_listed_is_refused(server):
    server.lists_folders = False
    with pytest.raises(ValueError, match=r"plain\.zarr.*zarr\.consolidate_metadata"):
        go_cues(f"{server.url}/plain.zarr")


def test_a_server_without_ranges_is_named(server):
    server.has_ranges = False
    with pytest.raises(ValueError, match=r"large\.nwb.*only whole files"):
        go_cues(f"{server.url}/large.nwb")


REFUSED_REMOTE = [
    ("missing.nwb", FileNotFoundError, "HTTP 404.*check the URL"),
    ("empty.nwb", ValueError, "is empty"),
    ("text.nwb", ValueError, "begins with b'not a recording'"),
    ("page.nwb", ValueError, "a web page; give the URL of the file itself"),
    ("truncated.nwb", ValueError, "truncated file.*copy it again"),
    ("other.h5", ValueError, "no nwb_version"),
    ("other.zarr", ValueError, "no nwb_version"),
    ("damaged.zarr", ValueError, "not JSON.*copy it again"),
    ("version 3.zarr", ValueError, "Zarr version 3; export it"),
]


@pytest.mark.parametrize(("name", "error", "message"), REFUSED_REMOTE, ids=[name for name, *_ in REFUSED_REMOTE])
def test_what_is_no_recording_over_http_is_refused_by_name(server, name, error, message):
    server.lists_folders = False
    with pytest.raises(error, match=message) as caught, open_nwb(f"{server.url}/{name}"):
        pass
    assert name in str(caught.value)


def test_messages_show_no_signature_and_no_password():
    with pytest.raises(ConnectionError, match=r"'http://127\.0\.0\.1:1/a\.nwb' cannot be reached") as caught:
        go_cues("http://me:word@127.0.0.1:1/a.nwb?X-Amz-Signature=secret")
    assert "secret" not in str(caught.value)
    assert "word" not in str(caught.value)


# S3, as far as it goes without a server


def test_missing_credentials_are_said(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(PermissionError, match=r"no AWS credentials .*'s3://bucket/a\.nwb'.*anonymous=True"):
        go_cues("s3://bucket/a.nwb")


# Libraries


@pytest.mark.parametrize("name", ["hdf5.nwb", "zarr.nwb"])
def test_other_schema_versions_are_no_news(recordings, tmp_path, name):
    copy = tmp_path / name
    if name == "zarr.nwb":
        shutil.copytree(recordings / name, copy)
        root = zarr.open_group(str(copy))
        versions = root["specifications/core"]
    else:
        shutil.copy(recordings / name, copy)
        root = h5py.File(copy, "r+")
        versions = root["specifications/core"]
    schema = next(iter(versions.values()))["namespace"]
    index = () if schema.shape == () else 0
    text = schema[index]
    content = json.loads(text)
    content["namespaces"][0]["version"] = "99.0.0"
    schema[index] = json.dumps(content)
    if name == "hdf5.nwb":
        root.close()
        with pytest.warns(UserWarning, match="another version is already loaded"), NWBHDF5IO(copy, "r"):
            pass
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert go_cues(copy) == GO_CUES


def test_other_warnings_are_passed_on(recordings):
    with pytest.warns(UserWarning, match="mine"), open_nwb(recordings / "hdf5.nwb"):
        warnings.warn("mine", stacklevel=1)


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = "import sys, analysis_jobs.recordings.nwb; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pynwb", "hdmf_zarr", "h5py", "zarr", "fsspec", "s3fs", "numpy"} & set(loaded)


def test_a_half_written_cache_of_pynwb_does_no_harm(recordings, tmp_path):
    # pynwb writes it at its first import, in place: jobs that start at the same time see half of it.
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("PYNWB_NO_CACHE_DIR", None)
    subprocess.run([sys.executable, "-c", "import pynwb"], check=True, env=environment)
    for cache in tmp_path.rglob("*.pkl"):
        cache.write_bytes(cache.read_bytes()[:1000])
    code = "import sys, analysis_jobs\nwith analysis_jobs.open_nwb(sys.argv[1]) as nwb: print(nwb.identifier)"
    command = [sys.executable, "-c", code, str(recordings / "hdf5.nwb")]
    assert subprocess.run(command, check=True, env=environment, capture_output=True).stdout == b"test\n"


def test_extensions_in_a_zarr_store_are_known(tmp_path):
    write = """
from datetime import datetime, timezone
from hdmf_zarr import NWBZarrIO
from pynwb import NWBFile, get_class, load_namespaces
from pynwb.spec import NWBAttributeSpec, NWBGroupSpec, NWBNamespaceBuilder

builder = NWBNamespaceBuilder("a test", "ndx-lab", version="0.1.0", author="me", contact="me")
builder.include_type("LabMetaData", namespace="core")
room = NWBAttributeSpec("room", "where", "text")
types = {"neurodata_type_def": "Lab", "neurodata_type_inc": "LabMetaData"}
builder.add_spec("lab.yaml", NWBGroupSpec("a lab", attributes=[room], **types))
builder.export("lab.namespace.yaml")
load_namespaces("lab.namespace.yaml")
nwb = NWBFile("test", "test", datetime(2024, 3, 1, tzinfo=timezone.utc))
nwb.add_lab_meta_data(get_class("Lab", "ndx-lab")(name="lab", room="4.12"))
with NWBZarrIO("session.nwb", "w") as io:
    io.write(nwb)
"""
    # In a process of its own, since the extension would stay known in this one.
    subprocess.run([sys.executable, "-W", "ignore", "-c", write], check=True, cwd=tmp_path)
    with open_nwb(tmp_path / "session.nwb") as nwb:
        assert nwb.lab_meta_data["lab"].room == "4.12"
    consolidated = tmp_path / "session.nwb" / ".zmetadata"
    content = json.loads(consolidated.read_text())
    del content["metadata"][".zattrs"][".specloc"]
    for key in [key for key in content["metadata"] if key.startswith("specifications/")]:
        del content["metadata"][key]
    consolidated.write_text(json.dumps(content))  # as older versions of hdmf-zarr left it
    with open_nwb(tmp_path / "session.nwb") as nwb:
        assert nwb.lab_meta_data["lab"].room == "4.12"
