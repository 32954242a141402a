"""Zarr stores of recordings: few requests, what cannot be listed, and the schemas that they bring."""

import json
import subprocess
import sys

import pytest
from support.recordings import GO_CUES, go_cues

from analysis_jobs import open_nwb


def test_a_consolidated_zarr_store_needs_few_requests_and_no_listing(server):
    server.lists_folders = False
    assert go_cues(f"{server.url}/zarr.nwb") == GO_CUES
    assert server.requests < 30


def test_a_zarr_store_that_cannot_be_listed_is_refused(server):
    server.lists_folders = False
    with pytest.raises(ValueError, match=r"plain\.zarr.*zarr\.consolidate_metadata"):
        go_cues(f"{server.url}/plain.zarr")


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
