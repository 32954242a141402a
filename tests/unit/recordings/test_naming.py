"""What is odd or damaged in a recording is said with its name and what to do."""

import shutil
from pathlib import Path

import h5py
import pytest
from support.recordings import formats

from analysis_jobs import open_nwb


def renamed_type(file: h5py.File) -> None:
    file["acquisition/noise"].attrs.update(namespace="ndx-lab", neurodata_type="LabSeries")


def misdated(file: h5py.File) -> None:
    file["session_start_time"][()] = "last Monday"


ALTERED = {
    "no start": (lambda file: file.__delitem__("session_start_time"), "it has no session_start_time; write it again"),
    "no two": (
        lambda file: [file.__delitem__(name) for name in ("identifier", "timestamps_reference_time")],
        "it has no identifier and no timestamps_reference_time; write",
    ),
    "no date": (
        misdated,
        r"cannot be read as NWB: ValueError: .*'last Monday'; copy it again if it may be damaged, otherwise see ",
    ),
    "extension": (renamed_type, "cannot be read as NWB: .*'ndx-lab'.*; install the NWB extension"),
}


@pytest.mark.parametrize(("change", "message"), ALTERED.values(), ids=ALTERED)
def test_what_is_odd_in_a_recording_is_said_with_its_name(recordings, tmp_path, change, message):
    path = Path(shutil.copy(recordings / "hdf5.nwb", tmp_path / "odd.nwb"))
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(ValueError, match=message) as caught, open_nwb(path):
        pass
    assert str(caught.value).startswith(f"'{path}' ")
    assert len(str(caught.value)) < 700


@formats("hdf5.nwb", "zarr.nwb", "zarr3.nwb")
def test_data_that_are_damaged_are_said_with_the_recording(recordings, tmp_path, name):
    if name == "hdf5.nwb":
        path = Path(shutil.copy(recordings / name, tmp_path))
        with h5py.File(path, "r+") as file:
            del file["acquisition/noise/data"]
            data = file.create_dataset(
                "acquisition/noise/data", data=list(range(1_000)), chunks=True, compression="gzip"
            )
            data.attrs.update(unit="V", conversion=1.0, offset=0.0, resolution=-1.0)
            data.id.write_direct_chunk((0,), b"no gzip")
    else:
        path = Path(shutil.copytree(recordings / name, tmp_path / name))
        chunk = "c/0" if name == "zarr3.nwb" else "0"
        (path / "acquisition" / "noise" / "data" / chunk).write_bytes(b"nothing compressed")
    with pytest.raises((OSError, RuntimeError, ValueError)) as caught, open_nwb(path) as nwb:
        nwb.acquisition["noise"].data[:]
    said = f"(while acquisition/noise/data of '{path}' was read: copy it again if it may be damaged)"
    assert caught.value.__notes__ == [said]


@formats("zarr.nwb", "zarr3.nwb")
def test_an_array_that_is_damaged_and_read_at_once_is_said(recordings, tmp_path, name):
    path = Path(shutil.copytree(recordings / name, tmp_path / name))
    (path / "identifier" / ("c" if name == "zarr3.nwb" else "0")).write_bytes(b"nothing compressed")
    with pytest.raises(ValueError, match=rf"{name}' cannot be read as NWB: in identifier: .*; copy it"), open_nwb(path):
        pass


def test_what_is_no_array_leaves_the_recording(recordings):
    with pytest.raises(KeyError) as caught, open_nwb(recordings / "hdf5.nwb") as nwb:
        nwb.acquisition["noise"].data.attrs["none"]
    assert caught.value.__notes__[0].startswith(f"(while '{recordings / 'hdf5.nwb'}' was open: ")


def test_what_the_analysis_raises_is_left_alone(recordings):
    with pytest.raises(ValueError, match="too few") as caught, open_nwb(recordings / "hdf5.nwb"):
        raise ValueError("too few")
    assert not hasattr(caught.value, "__notes__")
