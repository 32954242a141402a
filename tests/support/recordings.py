"""Recordings of tests: 200 trials, and noise of any size."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from fakes.s3 import S3Server
from hdmf_zarr import NWBZarrIO
from pynwb import NWBHDF5IO, NWBFile, TimeSeries

from analysis_jobs import open_nwb

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
    with NWBZarrIO(str(path), "w") as io:
        io.write(recording(samples))


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
