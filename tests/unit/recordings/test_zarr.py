"""Zarr stores of recordings: few requests, what cannot be listed, the schemas that they bring, and pickled objects."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.files import FileServer, serving
from support.recordings import GO_CUES, READS_VERSION_3, formats, go_cues, unpacked

from analysis_jobs import open_nwb


@formats("zarr.nwb", "zarr3.nwb")
def test_a_consolidated_zarr_store_needs_few_requests_and_no_listing(server: FileServer, name: str) -> None:
    server.lists_folders = False
    assert go_cues(f"{server.url}/{name}") == GO_CUES
    assert server.requests < 30


@formats("plain.zarr", "plain3.zarr")
def test_a_zarr_store_that_cannot_be_listed_is_refused(server: FileServer, name: str) -> None:
    server.lists_folders = False
    with pytest.raises(ValueError, match=rf"{name}.*zarr\.consolidate_metadata"):
        go_cues(f"{server.url}/{name}")


WRITE_EXTENSION = """
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


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recordings that use an extension; written in another process, or this one would know it."""
    folder = tmp_path_factory.mktemp("extended")
    subprocess.run([sys.executable, "-W", "ignore", "-c", WRITE_EXTENSION], check=True, cwd=folder)
    if READS_VERSION_3:
        from support.zarr_2 import rewrite

        (folder / "session.nwb").rename(folder / "zarr3.nwb")
        rewrite(folder / "zarr3.nwb", folder / "zarr.nwb")
    else:
        (folder / "session.nwb").rename(folder / "zarr.nwb")
    return folder


@formats("zarr.nwb", "zarr3.nwb")
def test_extensions_in_a_zarr_store_are_known(extended: Path, name: str) -> None:
    with serving(extended) as server:
        for place in (extended / name, f"{server.url}/{name}"):
            with open_nwb(place) as nwb:
                assert nwb.lab_meta_data["lab"].room == "4.12"


def test_extensions_that_were_consolidated_by_an_older_version_are_known(extended: Path, tmp_path: Path) -> None:
    """It did so before it added the schemas."""
    path = Path(shutil.copytree(extended / "zarr.nwb", tmp_path / "zarr.nwb"))
    document = json.loads((path / ".zmetadata").read_text())
    del document["metadata"][".zattrs"][".specloc"]
    for key in [key for key in document["metadata"] if key.startswith("specifications/")]:
        del document["metadata"][key]
    (path / ".zmetadata").write_text(json.dumps(document))
    with serving(tmp_path) as server:
        for place in (path, f"{server.url}/zarr.nwb"):
            with open_nwb(place) as nwb:
                assert nwb.lab_meta_data["lab"].room == "4.12"


OLDER = pytest.mark.parametrize("name", ["hdmf_zarr_0.4.0", "hdmf_zarr_0.13.0"])


@OLDER
def test_pickled_objects_are_read_only_where_that_is_allowed(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.delenv("ANALYSIS_ALLOW_PICKLE", raising=False)
    path = unpacked(name, tmp_path)
    with serving(tmp_path) as server:
        for place in (path, f"{server.url}/{path.name}"):
            with pytest.raises(
                ValueError, match=r"has pickled Python objects \(.+\), and reading them .*--allow_pickle"
            ):
                go_cues(place)
            check_older(place, allow_pickle=True)
            monkeypatch.setenv("ANALYSIS_ALLOW_PICKLE", "true")
            check_older(place)
            with pytest.raises(ValueError, match="pickled"):
                go_cues(place, allow_pickle=False)
            monkeypatch.delenv("ANALYSIS_ALLOW_PICKLE")


def check_older(place: Path | str, **options: bool) -> None:
    """See that what hdmf-zarr wrote years ago is read: numbers, texts, references, and tables of them."""
    with open_nwb(place, **options) as nwb:
        assert list(nwb.trials["goCue_start_time"][:3]) == [0.5, 1.5, 2.5]
        assert list(nwb.trials["kind"][:4]) == ["a", "b", "c", "a"]
        assert list(nwb.units["spike_times"][1]) == [1, 2, 3, 4, 5]
        assert [group.name for group in nwb.electrodes["group"][:]] == ["shank"] * 4
        assert nwb.units["electrode_group"][0] is nwb.electrode_groups["shank"]
        ((start, count, series),) = nwb.epochs["timeseries"][0]
        assert (start, count) == (0, 5)
        assert series is nwb.acquisition["noise"]


def test_nothing_is_unpickled_before_it_is_allowed(tmp_path: Path) -> None:
    """As the message says: what is pickled may be any program."""
    import numcodecs

    path = unpacked("hdmf_zarr_0.13.0", tmp_path)
    program = b"cos\nsystem\n(S'touch %s'\ntR." % str(tmp_path / "ran").encode()
    chunk = path / "units" / "electrode_group" / "0"
    chunk.write_bytes(numcodecs.Blosc().encode(program))
    with pytest.raises(ValueError, match="pickled Python objects"):
        go_cues(path)
    assert not (tmp_path / "ran").exists()
