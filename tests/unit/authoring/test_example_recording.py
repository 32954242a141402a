"""The tiny recording that a new analysis is tried on."""

from pathlib import Path

import pytest

from analysis_jobs import open_nwb
from analysis_jobs.authoring.example_recording import SPIKE_TIMES, TRIALS, write_recording


def test_it_is_read_back(tmp_path: Path) -> None:
    with open_nwb(write_recording(tmp_path / "x.nwb")) as nwb:
        assert [list(nwb.units["spike_times"][unit]) for unit in range(len(nwb.units))] == [
            pytest.approx(times) for times in SPIKE_TIMES
        ]
        assert list(zip(nwb.trials["start_time"][:], nwb.trials["stop_time"][:], strict=True)) == list(TRIALS)


def test_it_is_the_same_size_each_time(tmp_path: Path) -> None:
    one, other = (write_recording(tmp_path / name).stat().st_size for name in ("1.nwb", "2.nwb"))
    assert one == other < 1_000_000
