"""Which libraries recordings are read by."""

import pytest
import zarr
from numcodecs import pickles

from analysis_jobs.recordings.libraries import unpickling, zarr_reader


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_2_reads_version_2_alone(monkeypatch, version: int) -> None:
    if version == 2 and not zarr.__version__.startswith("2."):
        pytest.skip("zarr 2 is not installed")
    monkeypatch.setattr(zarr, "__version__", "2.18.7")
    if version == 2:
        assert zarr_reader(2, "a.nwb").__module__ == "analysis_jobs.recordings.zarr_2"
        return
    with pytest.raises(
        ValueError, match=r"^'a\.nwb' is Zarr version 3, which zarr 2\.18\.7 does not .*; use Python 3\.12"
    ):
        zarr_reader(3, "a.nwb")


@pytest.mark.skipif(zarr.__version__.startswith("2."), reason="zarr 3 is not installed")
@pytest.mark.parametrize("version", [2, 3])
def test_zarr_3_reads_both(version: int) -> None:
    assert zarr_reader(version, "a.nwb").__module__ == "analysis_jobs.recordings.zarr_3"


def test_unpickling_ends(monkeypatch) -> None:
    monkeypatch.setattr(pickles, "ALLOW_UNSAFE_PICKLE_DECODE", False, raising=False)
    with pytest.raises(KeyError), unpickling():
        assert pickles.ALLOW_UNSAFE_PICKLE_DECODE
        raise KeyError
    assert not pickles.ALLOW_UNSAFE_PICKLE_DECODE
