"""Recordings by zarr 3: of many chunks and of shards no more is fetched than is needed, and nothing is left out."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fakes.files import FileServer, serving
from fakes.proxy import Proxy
from fakes.s3 import S3Server
from support.recordings import BUCKET, go_cues, needs_version_3, upload, write_units

from analysis_jobs import open_nwb
from analysis_jobs.recordings.traffic import traffic, traffic_since

pytestmark = [needs_version_3, pytest.mark.slow]  # thousands of small files
UNITS, SPIKES = 100, 1_000
OF_A_UNIT = 100  # chunks, and of ten spikes each


@pytest.fixture(scope="module")
def chunked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recordings of 10,000 chunks of spike times, in both versions, of the same in shards, and of 400."""
    from support.zarr_2 import rewrite

    folder = tmp_path_factory.mktemp("chunked")
    write_units(folder / "zarr3.nwb", UNITS, SPIKES, chunks=(SPIKES // OF_A_UNIT,))
    rewrite(folder / "zarr3.nwb", folder / "zarr.nwb")
    write_units(folder / "few3.nwb", 4, SPIKES, chunks=(SPIKES // OF_A_UNIT,))
    rewrite(folder / "few3.nwb", folder / "few.nwb")
    write_units(folder / "sharded.nwb", UNITS, SPIKES, chunks=(SPIKES // OF_A_UNIT,), shards=(SPIKES,))
    return folder


def spikes_of(place: str | Path, unit: int) -> np.ndarray:
    with open_nwb(place) as nwb:
        return np.asarray(nwb.units["spike_times"][unit])


@pytest.fixture
def chunks_of(chunked: Path):
    with serving(chunked) as server:
        server.lists_folders = False
        yield server


@pytest.mark.parametrize("name", ["zarr.nwb", "zarr3.nwb"])
def test_many_chunks_cost_no_requests_and_a_unit_only_its_own(chunks_of: FileServer, name: str) -> None:
    with open_nwb(f"{chunks_of.url}/{name}") as nwb:
        assert chunks_of.requests < 30
        before = chunks_of.requests
        spikes = nwb.units["spike_times"][3]
        assert OF_A_UNIT <= chunks_of.requests - before <= OF_A_UNIT + 2  # and the index, which has one chunk
    np.testing.assert_allclose(spikes, 3 + np.arange(SPIKES) / 1000)


def test_of_a_shard_only_the_chunks_are_fetched(chunks_of: FileServer) -> None:
    with open_nwb(f"{chunks_of.url}/sharded.nwb") as nwb:
        before, fetched = chunks_of.requests, traffic()
        assert list(nwb.units["spike_times"].target.data[3_005:3_009]) == [3.005, 3.006, 3.007, 3.008]
        assert chunks_of.requests - before == 2  # the index of the shard, and a chunk
    assert (traffic_since(fetched)["fetched_bytes"] or 0) < 3_000
    np.testing.assert_allclose(spikes_of(f"{chunks_of.url}/sharded.nwb", 3), 3 + np.arange(SPIKES) / 1000)


def test_shards_of_a_server_that_knows_no_ranges(chunks_of: FileServer) -> None:
    chunks_of.has_ranges = False
    np.testing.assert_allclose(spikes_of(f"{chunks_of.url}/sharded.nwb", 3), 3 + np.arange(SPIKES) / 1000)


def test_shards_on_a_disk(chunked: Path) -> None:
    np.testing.assert_allclose(spikes_of(chunked / "sharded.nwb", 3), 3 + np.arange(SPIKES) / 1000)


@pytest.mark.usefixtures("through_proxy")
@pytest.mark.parametrize("name", ["few.nwb", "few3.nwb", "sharded.nwb"])
def test_in_s3_as_well(chunked: Path, s3: S3Server, bucket: str, proxy: Proxy, name: str) -> None:
    if not s3.objects(BUCKET, f"chunked/{name}"):
        upload(s3, chunked / name, f"chunked/{name}")
    with open_nwb(f"{bucket}/chunked/{name}") as nwb:
        assert proxy.requests < 30
        proxy.clear()
        spikes = nwb.units["spike_times"][3]
        assert proxy.requests <= OF_A_UNIT + 3
    np.testing.assert_allclose(spikes, 3 + np.arange(SPIKES) / 1000)


def test_what_cannot_be_read_is_not_left_out(recordings: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(recordings / "zarr.nwb", tmp_path / "odd.nwb"))
    cues = path / "intervals" / "trials" / "goCue_start_time" / ".zarray"
    cues.write_text(json.dumps({**json.loads(cues.read_text()), "compressor": {"id": "of-our-own"}}))
    consolidated = json.loads((path / ".zmetadata").read_text())
    consolidated["metadata"]["intervals/trials/goCue_start_time/.zarray"] = json.loads(cues.read_text())
    (path / ".zmetadata").write_text(json.dumps(consolidated))
    said = r"odd\.nwb' cannot be read whole: of /intervals/trials/goCue_start_time, .*of-our-own.*; copy it again"
    with serving(tmp_path) as server:
        for place in (path, f"{server.url}/odd.nwb"):
            with pytest.raises(ValueError, match=said):
                go_cues(place)
            with pytest.raises(ValueError, match=said):
                go_cues(place, allow_missing_chunks=True)
