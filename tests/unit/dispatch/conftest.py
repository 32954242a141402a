"""A folder with a list of assets, one with assets, and a metadata index."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.samples import write_files

from analysis_jobs.dispatch import metadata_index

CSV = """s3_location,asset_name,docdb_record_id,subject
s3://b/one,First,r1,mouse
s3://b/two/,,r2,mouse
s3://b/three,Third,r3,rat
,,r4,rat
s3://b/four,Fourth,r5,
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_files(tmp_path, {"assets.csv": CSV})


@pytest.fixture
def sessions(here: Path) -> Path:
    """Four assets: with two files, with a Zarr store that holds a lure, with none, and a file itself."""
    names = ["a/1.nwb", "a/deep/2.nwb", "a/notes.txt", "b/3.nwb/x/lure.nwb", "b/raw.zarr/lure.nwb", "c/x.txt", "4.nwb"]
    return write_files(here / "sessions", dict.fromkeys(names, ""))


@pytest.fixture
def index(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The collection of the metadata index; tests run in an empty folder."""
    for name, value in docdb.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    docdb.empty()
    yield docdb._mongo.client[metadata_index.DATABASE][metadata_index.COLLECTION]
    docdb.empty()
