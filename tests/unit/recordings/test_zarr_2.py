"""Recordings by zarr 2, as on Python 3.11; what both generations do is tried where it says so, under each."""

from pathlib import Path

import pytest
from fakes.files import serving
from support.recordings import GO_CUES, READS_VERSION_3, go_cues, unpacked

pytestmark = pytest.mark.skipif(READS_VERSION_3, reason="zarr 2 is not installed")


@pytest.mark.parametrize("name", ["zarr.nwb", "plain.zarr"])
def test_version_2_is_read(recordings: Path, name: str) -> None:
    with serving(recordings) as server:
        assert go_cues(recordings / name) == go_cues(f"{server.url}/{name}") == GO_CUES


def test_pickled_objects_are_found_where_only_the_arrays_tell_of_them(tmp_path: Path) -> None:
    path = unpacked("hdmf_zarr_0.4.0", tmp_path)
    with serving(tmp_path) as server, pytest.raises(ValueError, match="has pickled Python objects"):
        go_cues(f"{server.url}/{path.name}")
