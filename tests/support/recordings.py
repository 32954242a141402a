"""Recordings of tests: 200 trials, and noise of any size; in HDF5, and in Zarr of both versions."""

import shutil
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from fakes.s3 import S3Server
from hdmf.backends.hdf5 import H5DataIO
from hdmf.common import ElementIdentifiers, VectorData, VectorIndex
from hdmf_zarr import NWBZarrIO, ZarrDataIO
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.misc import Units

from analysis_jobs import open_nwb
from support.samples import PROJECT

READS_VERSION_3 = not zarr.__version__.startswith("2.")
needs_version_3 = pytest.mark.skipif(not READS_VERSION_3, reason="zarr 2, on Python 3.11, reads version 2 alone")
# Names of what `recordings` and `sessions` hold, of each format; the plain ones are without consolidated metadata
ZARR_2, ZARR_3 = ["zarr.nwb", "plain.zarr"], ["zarr3.nwb", "plain3.zarr"]


def formats(*names: str) -> pytest.MarkDecorator:
    """Return a mark by which a test has the parameter `name`; those of version 3 only where they are read."""
    given = [pytest.param(name, marks=needs_version_3 if "3" in name else ()) for name in names]
    return pytest.mark.parametrize("name", given)


SAMPLES = 4_000_000  # of large recordings: 32 MB
BUCKET = "recordings"
GO_CUES = [trial + 0.5 for trial in range(200)]


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(0).random(samples)


def recording(samples: int = 10) -> NWBFile:
    nwb = NWBFile("test", "test", datetime(2024, 3, 1, tzinfo=UTC))
    nwb.add_trial_column("goCue_start_time", "seconds")
    for cue in GO_CUES:
        nwb.add_trial(start_time=cue - 0.5, stop_time=cue + 0.4, goCue_start_time=cue)
    nwb.add_acquisition(TimeSeries(name="noise", data=noise(samples), unit="V", rate=1.0))
    return nwb


def write_hdf5(path: Path, samples: int = 10) -> None:
    with NWBHDF5IO(path, "w") as io:
        io.write(recording(samples))


def write_zarr(path: Path, samples: int = 10) -> None:
    """Write the version that the installed hdmf-zarr writes."""
    _write(recording(samples), path)


def write_zarr_2(path: Path, samples: int = 10) -> None:
    """Write version 2."""
    if not READS_VERSION_3:
        return write_zarr(path, samples)
    from support.zarr_2 import rewrite

    with tempfile.TemporaryDirectory() as folder:
        write_zarr(Path(folder, "recording"), samples)
        rewrite(Path(folder, "recording"), path)


def write_units(path: Path, units: int, spikes: int = 10, hdf5: bool = False, **layout: Any) -> None:
    """Write a recording with units that have so many spikes each, and a group of electrodes.

    The chunks, and maybe shards, of the spike times are those of `layout`; unit 3's second spike is at 3.001 s.
    """
    nwb = recording()
    probe = nwb.create_device("probe")
    group = nwb.create_electrode_group("shank", description="one", location="V1", device=probe)
    times = (np.arange(units)[:, None] + np.arange(spikes) / 1000).ravel()
    ends = np.arange(1, units + 1, dtype="u4") * spikes
    stored = (H5DataIO if hdf5 else ZarrDataIO)(times, **layout)
    data = VectorData(name="spike_times", description="in seconds", data=stored)
    index = VectorIndex(name="spike_times_index", data=ends, target=data)
    groups = VectorData(name="electrode_group", description="of each unit", data=[group] * units)
    ids = ElementIdentifiers(name="id", data=list(range(units)))
    nwb.units = Units(name="units", description="sorted", id=ids, columns=[data, index, groups])
    if hdf5:
        with NWBHDF5IO(path, "w") as io:
            io.write(nwb)
    else:
        _write(nwb, path)


def _write(nwb: NWBFile, path: Path) -> None:
    with NWBZarrIO(str(path), "w") as io, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part")
        io.write(nwb)


def unpacked(name: str, folder: Path) -> Path:
    """Unpack a recording in Zarr version 2 that an older hdmf-zarr really wrote."""
    shutil.unpack_archive(PROJECT / "tests" / "data" / "zarr_2" / f"{name}.zip", folder / name)
    return folder / name


def go_cues(url: str | Path, stop: int | None = None, **options: Any) -> list[float]:
    with open_nwb(url, **options) as nwb:
        return list(nwb.trials["goCue_start_time"][:stop])


def upload(s3: S3Server, path: Path, name: str, bucket: str = BUCKET) -> None:
    client = s3.client(max_pool_connections=8)

    def put(file: Path) -> None:
        key = f"{name}/{file.relative_to(path).as_posix()}" if file != path else name
        client.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]))
