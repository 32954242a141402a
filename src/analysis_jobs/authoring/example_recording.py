"""A tiny recording, which a new analysis of NWB is tried on.

Imports within functions are for a quick start.
"""

from datetime import UTC, datetime
from pathlib import Path

# Of each unit, in seconds.
SPIKE_TIMES = ([0.10, 0.11, 0.12, 0.13], [0.100, 0.101, 0.111, 0.112, 0.122])
TRIALS = ((0.0, 1.0), (5.0, 7.0), (10.0, 13.0))


def write_recording(path: Path) -> Path:
    """Write an NWB file (HDF5) with two units and three trials, and return its path."""
    from pynwb import NWBHDF5IO, NWBFile

    start = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
    nwb = NWBFile(
        session_description="Made up, to try an analysis on",
        identifier="example",
        session_start_time=start,
        file_create_date=start,
    )
    for times in SPIKE_TIMES:
        nwb.add_unit(spike_times=times)
    for begin, end in TRIALS:
        nwb.add_trial(start_time=begin, stop_time=end)
    with NWBHDF5IO(path, "w") as io:
        io.write(nwb, cache_spec=False)
    return path
