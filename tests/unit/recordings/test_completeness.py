"""What an interrupted copy has lost is seen before it is read as zeros."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr
from fakes.files import serving
from fakes.s3 import PUBLIC, S3Server
from support.recordings import GO_CUES, go_cues, upload, write_zarr

from analysis_jobs import open_nwb
from analysis_jobs.recordings.completeness import Incomplete, check_hdf5_end, check_zarr_folder
from analysis_jobs.recordings.zarr import zarr_group

CUES = "intervals/trials/goCue_start_time"


def altered(recordings: Path, folder: Path, change: Callable[[Path], object], name: str = "zarr.nwb") -> Path:
    shutil.copytree(recordings / name, folder / "recording")
    change(folder / "recording")
    return folder / "recording"


def test_a_chunk_that_is_not_there(recordings: Path, tmp_path: Path) -> None:
    path = altered(recordings, tmp_path, lambda path: (path / CUES / "0").unlink())
    with pytest.raises(
        Incomplete, match=rf"^'{path}' is incomplete: 1 of its chunks is missing, first in {CUES}; copy"
    ):
        go_cues(path)
    assert go_cues(path, allow_missing_chunks=True) == [0] * 200


def test_a_chunk_that_is_empty(recordings: Path, tmp_path: Path) -> None:
    path = altered(recordings, tmp_path, lambda path: (path / CUES / "0").write_bytes(b""))
    with pytest.raises(Incomplete, match="1 of its chunks is missing"):
        go_cues(path)


def test_a_chunk_in_a_folder_that_is_not_there(recordings: Path, tmp_path: Path) -> None:
    path = altered(recordings, tmp_path, lambda path: shutil.rmtree(path / "acquisition" / "noise"))
    with pytest.raises(Incomplete, match="2 of its chunks are missing, first in acquisition/noise/"):
        go_cues(path)


@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("consolidated", [True, False])
def test_each_chunk_of_many_is_counted(tmp_path: Path, separator: str, consolidated: bool) -> None:
    group = zarr.open_group(str(tmp_path), "w")
    for name, shape, chunks in (("grid", (5, 7), (2, 3)), ("none", (0, 4), (2, 3)), ("scalar", (), ())):
        group.create_dataset(f"inner/{name}", shape=shape, chunks=chunks, dtype="i4", data=np.zeros(shape))
    group.create_dataset("nested", data=np.ones((4, 4)), chunks=(2, 2), dimension_separator=separator)
    if consolidated:
        zarr.consolidate_metadata(str(tmp_path))
    group = zarr_group(zarr.DirectoryStore(str(tmp_path)), None, str(tmp_path))
    check_zarr_folder(group, str(tmp_path))
    (tmp_path / "inner" / "grid" / "9.9").write_bytes(b"of no place in the grid")
    (tmp_path / "nested" / f"1{separator}0").unlink()
    with pytest.raises(Incomplete, match="1 of its chunks is missing, first in nested"):
        check_zarr_folder(group, str(tmp_path))
    (tmp_path / "inner" / "grid" / "2.2").unlink()
    (tmp_path / "inner" / "scalar" / "0").unlink()
    with pytest.raises(Incomplete, match="3 of its chunks are missing, first in inner/grid"):
        check_zarr_folder(group, str(tmp_path))


@pytest.mark.usefixtures("through_proxy")
@pytest.mark.parametrize("name", ["zarr.nwb", "plain.zarr"], ids=["consolidated", "plain"])
def test_over_http_and_in_s3_it_is_missed_when_it_is_read(
    recordings: Path, tmp_path: Path, s3: S3Server, name: str
) -> None:
    path = altered(recordings, tmp_path, lambda path: (path / CUES / "0").unlink(), name)
    upload(s3, path, f"incomplete/{name}", PUBLIC)
    with serving(tmp_path) as server:
        for url in (f"{server.url}/recording", f"s3://{PUBLIC}/incomplete/{name}"):
            with open_nwb(url) as nwb:
                assert nwb.trials["start_time"][3] == 3
                with pytest.raises(Incomplete, match=rf"^'?{re.escape(url)}'? is incomplete: the chunk 0 of {CUES} is"):
                    nwb.trials["goCue_start_time"][:]
            assert go_cues(url, allow_missing_chunks=True) == [0] * 200


def zeroed(source: Path, path: Path, start: int) -> Path:
    whole = source.read_bytes()
    path.write_bytes(whole[:start].ljust(len(whole), b"\0"))
    return path


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["hdf5.nwb", "large.nwb"])
def test_hdf5_whose_end_is_zero(recordings: Path, tmp_path: Path, name: str, part: float) -> None:
    source = recordings / name
    path = zeroed(source, tmp_path / "part.nwb", int(source.stat().st_size * part))
    with pytest.raises(ValueError, match=rf"^'{path}' is incomplete: its .* zero, .*; copy it again"):
        go_cues(path)


def check(path: Path) -> None:
    with h5py.File(path) as file, path.open("rb") as source:
        check_hdf5_end(file, source, str(path))


def with_last(path: Path, data: np.ndarray, **options: object) -> Path:
    """Write a file at whose end are the data of a dataset."""
    with h5py.File(path, "w") as file:
        file["first/values"] = np.arange(10)
        file.create_dataset("last/values", data=data, **options)
    return path


@pytest.mark.parametrize("options", [{}, {"chunks": (10_000,)}, {"chunks": (10_000,), "compression": "gzip"}], ids=str)
def test_hdf5_whose_last_data_were_lost(tmp_path: Path, options: dict[str, object]) -> None:
    whole = with_last(tmp_path / "whole.h5", np.random.default_rng(0).random(10_000), **options)
    check(whole)
    path = zeroed(whole, tmp_path / "part.h5", whole.stat().st_size - 20_000)
    with pytest.raises(Incomplete, match=r"its last 20(\.0)? kB are zero, where last/values lies"):
        check(path)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (np.zeros(20_000), {"chunks": (1_000,), "compression": "gzip"}),
        (np.zeros(300), {}),
        (np.zeros(0), {}),
        (np.append(np.arange(20_000), np.zeros(300)), {}),
    ],
    ids=["compressed", "few", "none", "ends with some"],
)
def test_zeros_that_were_written(tmp_path: Path, data: np.ndarray, options: dict[str, object]) -> None:
    check(with_last(tmp_path / "whole.h5", data, **options))


def with_texts(path: Path, count: int) -> Path:
    """Write a file at whose end are texts, which HDF5 keeps in heaps."""
    with h5py.File(path, "w") as file:
        file["texts"] = [f"text number {number}" for number in range(count)]
    return path


@pytest.mark.parametrize("count", [1, 50, 5_000])
def test_texts_at_the_end_are_whole(tmp_path: Path, count: int) -> None:
    check(with_texts(tmp_path / "whole.h5", count))


@pytest.mark.parametrize("part", [0.05, 0.3, 0.7])
def test_hdf5_whose_last_texts_were_lost(tmp_path: Path, part: float) -> None:
    """Of which HDF5 itself would read for ever."""
    whole = with_texts(tmp_path / "whole.h5", 5_000)
    heaps = whole.read_bytes().index(b"GCOL")
    start = whole.stat().st_size - int((whole.stat().st_size - heaps) * part)
    with pytest.raises(ValueError, match=r"is incomplete: its last .* are zero, where texts lie; copy it again"):
        check(zeroed(whole, tmp_path / "part.h5", start))


def test_a_recording_whose_last_data_are_zero_may_be_meant(recordings: Path, tmp_path: Path) -> None:
    shutil.copy(recordings / "hdf5.nwb", tmp_path / "zeros.nwb")
    with h5py.File(tmp_path / "zeros.nwb", "r+") as file:
        del file["acquisition/noise/data"]
        data = file.create_dataset("acquisition/noise/data", 100_000)
        data.attrs.update(unit="V", conversion=1.0, offset=0.0, resolution=-1.0)
        data[:] = 0
    with pytest.raises(Incomplete, match="are zero, where acquisition/noise/data lies; copy it again, or pass allow_m"):
        go_cues(tmp_path / "zeros.nwb")
    assert go_cues(tmp_path / "zeros.nwb", allow_missing_chunks=True) == GO_CUES


def test_room_that_nothing_uses(recordings: Path, tmp_path: Path) -> None:
    path = tmp_path / "paged.nwb"
    with (
        h5py.File(recordings / "hdf5.nwb") as source,
        h5py.File(path, "w", fs_strategy="page", fs_page_size=2**20) as file,
    ):
        for name in source:
            source.copy(name, file)
        for name, value in source.attrs.items():
            if name != ".specloc":
                file.attrs[name] = value
    assert path.read_bytes().endswith(bytes(2**16))
    assert go_cues(path) == GO_CUES


def test_a_store_as_hdmf_zarr_writes_it_has_each_chunk(tmp_path: Path) -> None:
    write_zarr(tmp_path / "written.nwb", samples=1_000_000)
    assert go_cues(tmp_path / "written.nwb") == GO_CUES
