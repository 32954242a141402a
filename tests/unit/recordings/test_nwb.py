"""`open_nwb`: both formats, local and over HTTP, and every way in which a recording is none."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import pytest
import zarr
from pynwb import NWBHDF5IO
from support.recordings import GO_CUES, READS_VERSION_3, ZARR_2, ZARR_3, formats, go_cues

from analysis_jobs import open_nwb

# Local


@formats("hdf5.nwb", *ZARR_2, *ZARR_3)
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


@formats("hdf5.nwb", "zarr.nwb", "zarr3.nwb")
def test_recordings_are_read_only(recordings, name):
    with (
        open_nwb(recordings / name) as nwb,
        pytest.raises((OSError, ValueError, PermissionError), match=r"(?i)read-only|write"),
    ):
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
    ("zarr.nwb/.zmetadata", ValueError, "a document of a Zarr store; give the folder that it is in"),
    ("array.zarr", ValueError, "a single Zarr array"),
    ("empty folder", ValueError, "no Zarr store .* it is empty"),
    ("asset", ValueError, r"it holds 'inner\.nwb'; give the path of the recording"),
    ("version 3.zarr", ValueError, "no nwb_version|use Python 3.12"),
    ("damaged.zarr", ValueError, "not JSON.*copy it again"),
    ("damaged3.zarr", ValueError, "not JSON.*copy it again"),
]


@pytest.mark.parametrize(("name", "error", "message"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_is_no_recording_is_refused_by_name(recordings, name, error, message):
    with pytest.raises(error, match=message) as caught, open_nwb(recordings / name):
        pass
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nobody_waits_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.nwb")
    with (
        pytest.raises(ValueError, match=r"a\.nwb' is not a recording: it is a pipe, not a file; give"),
        open_nwb(tmp_path / "a.nwb"),
    ):
        pass


@pytest.mark.parametrize(("ending", "kind"), [("zip", "zip"), ("gztar", "gzip"), ("xztar", "xz"), ("bztar", "bzip2")])
def test_what_is_packed_is_to_be_unpacked(recordings, tmp_path, ending, kind):
    path = shutil.make_archive(str(tmp_path / "packed"), ending, recordings / "zarr.nwb")
    with pytest.raises(ValueError, match=rf"it is packed \({kind}\); unpack it, and give what was in it"):
        go_cues(path)


def test_a_file_that_is_being_written(recordings, tmp_path):
    path = Path(shutil.copy(recordings / "hdf5.nwb", tmp_path / "locked.nwb"))
    hold = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match=r"locked\.nwb' is HDF5 but .*; another program is writing it: wait until"):
            go_cues(path)
        other.stdin.close()
    assert go_cues(path) == GO_CUES


def test_a_file_whose_writer_was_killed(recordings, tmp_path):
    path = tmp_path / "left.nwb"
    write = "import h5py, os, sys; f = h5py.File(sys.argv[1], 'w', libver='latest'); f['a'] = 1; f.flush(); os._exit(0)"
    subprocess.run([sys.executable, "-c", write, path], check=True)
    with pytest.raises(ValueError, match=r"left\.nwb' is HDF5 but .*; what wrote it did not close it: .* h5clear -s"):
        go_cues(path)


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


@formats("hdf5.nwb", "zarr.nwb/", "zarr3.nwb/", *ZARR_2, *ZARR_3)
def test_recordings_are_read_over_http(server, name):
    assert go_cues(f"{server.url}/{name}") == GO_CUES


def test_a_url_made_into_a_path_is_read(server):
    assert go_cues(Path(f"{server.url}/zarr.nwb")) == GO_CUES


REFUSED_REMOTE = [
    ("missing.nwb", FileNotFoundError, "HTTP 404.*check the URL"),
    ("empty.nwb", ValueError, "is empty"),
    ("text.nwb", ValueError, "begins with b'not a recording'"),
    ("page.nwb", ValueError, "a web page; give the URL of the file itself"),
    ("truncated.nwb", ValueError, "truncated file.*copy it again"),
    ("other.h5", ValueError, "no nwb_version"),
    ("other.zarr", ValueError, "no nwb_version"),
    ("damaged.zarr", ValueError, "not JSON.*copy it again"),
    ("damaged3.zarr", ValueError, "not JSON.*copy it again"),
    ("version 3.zarr", ValueError, "no nwb_version|use Python 3.12"),
]


@pytest.mark.parametrize(("name", "error", "message"), REFUSED_REMOTE, ids=[name for name, *_ in REFUSED_REMOTE])
def test_what_is_no_recording_over_http_is_refused_by_name(server, name, error, message):
    server.lists_folders = False
    with pytest.raises(error, match=message) as caught, open_nwb(f"{server.url}/{name}"):
        pass
    assert name in str(caught.value)


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


@pytest.mark.skipif(READS_VERSION_3, reason="what is installed reads it")
def test_version_3_wants_a_newer_python(recordings):
    with pytest.raises(ValueError, match=r"version 3\.zarr' is Zarr version 3, .*; use Python 3\.12 or newer"):
        go_cues(recordings / "version 3.zarr")


@formats("hdf5.nwb", "zarr.nwb", "zarr3.nwb")
def test_other_schema_versions_are_no_news(recordings, tmp_path, name):
    copy = tmp_path / name
    if name != "hdf5.nwb":
        shutil.copytree(recordings / name, copy)
        root = zarr.open_group(str(copy), mode="r+")
        versions = root["specifications/core"]
    else:
        shutil.copy(recordings / name, copy)
        root = h5py.File(copy, "r+")
        versions = root["specifications/core"]
    schema = versions[next(iter(versions))]["namespace"]
    index = () if schema.shape == () else 0
    text = schema[index]
    content = json.loads(text if isinstance(text, bytes) else str(text))
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
