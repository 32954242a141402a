"""Count what opening a remote recording and reading one unit's spikes takes, and print a table of docs/performance.md.

Each is read in a process of its own from a web server here that counts requests and waits before each answer, as one
elsewhere does: by `open_nwb`, and by what people use for that: hdmf-zarr alone and, for HDF5, remfile. The seconds are
those after the imports, which are the same for all.

Usage: recordings.py
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import row
from run import PROJECT, ROUNDS

sys.path.insert(0, str(PROJECT / "tests"))

DELAY = 0.02  # seconds
UNITS, SPIKES, CHUNK = 100, 1_000, 10
OURS = """
import analysis_jobs.recordings.zarr_3
from analysis_jobs import open_nwb
start = time.perf_counter()
with open_nwb(url) as nwb:
    assert len(nwb.units["spike_times"][3]) == 1_000
print(time.perf_counter() - start)
"""
HDMF_ZARR = """
from hdmf_zarr import NWBZarrIO, NWBZarrV2IO
import s3fs
start = time.perf_counter()
kind = NWBZarrV2IO if "zarr2" in url else NWBZarrIO
with kind(url, "r", storage_options={}) as io:
    assert len(io.read().units["spike_times"][3]) == 1_000
print(time.perf_counter() - start)
"""
REMFILE = """
import h5py, pynwb, remfile
start = time.perf_counter()
with h5py.File(remfile.File(url)) as file, pynwb.NWBHDF5IO(file=file, mode="r") as io:
    assert len(io.read().units["spike_times"][3]) == 1_000
print(time.perf_counter() - start)
"""
COMPARED = {
    "zarr3.nwb": ("Zarr version 3", {"`open_nwb`": OURS, "hdmf-zarr": HDMF_ZARR}),
    "zarr2.nwb": ("Zarr version 2", {"`open_nwb`": OURS, "hdmf-zarr": HDMF_ZARR}),
    "hdf5.nwb": ("HDF5", {"`open_nwb`": OURS, "remfile": REMFILE}),
}


def write(folder: Path) -> None:
    """Write the same in each format: 100 units of 1,000 spikes, in 10,000 chunks."""
    from support.recordings import write_units
    from support.zarr_2 import rewrite

    write_units(folder / "zarr3.nwb", UNITS, SPIKES, chunks=(CHUNK,))
    rewrite(folder / "zarr3.nwb", folder / "zarr2.nwb")
    write_units(folder / "hdf5.nwb", UNITS, SPIKES, hdf5=True, chunks=(CHUNK,))


def main() -> None:
    """Measure, and print the table."""
    from fakes.files import serving

    with tempfile.TemporaryDirectory() as place, serving(Path(place)) as server:
        write(Path(place))
        server.delay = DELAY
        row("One unit of 100 over HTTP", "seconds", "requests")
        row("---", "---", "---")
        for name, (format_, readers) in COMPARED.items():
            for reader, code in readers.items():
                seconds = list[float]()
                for _ in range(ROUNDS):
                    server.requests = 0
                    command = [
                        sys.executable,
                        "-W",
                        "ignore",
                        "-c",
                        f"import time\nurl = '{server.url}/{name}'\n{code}",
                    ]
                    seconds.append(float(subprocess.check_output(command, text=True)))
                row(f"{format_}, {reader}", f"{statistics.median(seconds):.1f}", server.requests)


if __name__ == "__main__":
    main()
