"""What an interrupted copy has lost is seen before it is read as zeros."""

import json
import re
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import h5py
import numpy as np
import pytest
from fakes.files import serving
from fakes.s3 import PUBLIC, S3Server
from support.recordings import GO_CUES, formats, go_cues, needs_version_3, unpacked, upload, write_units

from analysis_jobs import open_nwb
from analysis_jobs.recordings.completeness import Incomplete, check_hdf5_end, check_zarr_folder
from analysis_jobs.recordings.zarr_metadata import nodes_in, read_root

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


def check_zarr(folder: Path) -> None:
    """Check a store, of which each chunk is to be there."""
    root = read_root(lambda name: (folder / name).read_bytes() if (folder / name).is_file() else None, str(folder))
    assert root
    there = {node.path: node for node in nodes_in(str(folder))[0]}
    check_zarr_folder(str(folder), {node.path: node for node in root.nodes or ()}, there, every_chunk=True)


def write_grids(folder: Path, separator: str, version: int) -> None:
    """Write arrays of one and more dimensions and of none, each chunk a file with something in it."""
    grids = {"inner/grid": ((5, 7), (2, 3)), "inner/none": ((0, 4), (2, 3)), "nested": ((4, 4), (2, 2))}
    grids["inner/scalar"] = ((), ()) if version == 3 else ((1,), (1,))
    for name, (shape, chunks) in grids.items():
        array = folder / name
        array.mkdir(parents=True)
        if version == 3:
            grid = {"name": "regular", "configuration": {"chunk_shape": chunks}}
            (array / "zarr.json").write_text(json.dumps({"node_type": "array", "shape": shape, "chunk_grid": grid}))
        else:
            (array / ".zarray").write_text(json.dumps({"shape": shape, "chunks": chunks, "compressor": None}))
        for place in product(*(range(-(-size // chunk)) for size, chunk in zip(shape, chunks, strict=True))):
            numbers = [*("c" if version == 3 else ""), *map(str, place)]
            chunk = array / (separator.join(numbers) or "0")
            chunk.parent.mkdir(parents=True, exist_ok=True)
            chunk.write_bytes(b"content")
    consolidate(folder, version)


def consolidate(folder: Path, version: int) -> None:
    name = "zarr.json" if version == 3 else ".zarray"
    documents = {path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in folder.rglob(name)}
    if version == 3:
        below = {key.removesuffix("/zarr.json"): document for key, document in documents.items()}
        root = {"node_type": "group", "consolidated_metadata": {"metadata": below}}
        (folder / "zarr.json").write_text(json.dumps(root))
    else:
        (folder / ".zgroup").write_text("{}")
        (folder / ".zmetadata").write_text(json.dumps({"metadata": documents}))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("consolidated", [True, False])
def test_each_chunk_of_many_is_counted(tmp_path: Path, version: int, separator: str, consolidated: bool) -> None:
    write_grids(tmp_path, separator, version)
    before = ("c" + separator) * (version == 3)
    if not consolidated:
        (tmp_path / ("zarr.json" if version == 3 else ".zmetadata")).write_text('{"metadata": {}}')
    check_zarr(tmp_path)
    (tmp_path / "inner" / "grid" / "9.9").write_bytes(b"of no place in the grid")
    (tmp_path / "nested" / f"{before}1{separator}0").unlink()
    with pytest.raises(Incomplete, match="1 of its chunks is missing, first in nested"):
        check_zarr(tmp_path)
    (tmp_path / "inner" / "grid" / f"{before}2{separator}2").unlink()
    (tmp_path / "inner" / "scalar" / ("c" if version == 3 else "0")).unlink()
    with pytest.raises(Incomplete, match="3 of its chunks are missing, first in "):
        check_zarr(tmp_path)


# Of version 3, where chunks of fill values are left out


@needs_version_3
def test_chunks_of_fill_values_are_left_out_of_version_3(recordings: Path) -> None:
    assert not (recordings / "zarr3.nwb" / "acquisition" / "noise" / "starting_time" / "c").exists()
    with open_nwb(recordings / "zarr3.nwb") as nwb:
        assert nwb.acquisition["noise"].starting_time == 0
    with pytest.raises(Incomplete, match=r"of its chunks (is|are) missing, first in acquisition/noise/starting_time"):
        go_cues(recordings / "zarr3.nwb", allow_missing_chunks=False)


@needs_version_3
def test_arrays_that_are_not_there_are_no_fill_values(recordings: Path, tmp_path: Path) -> None:
    path = altered(recordings, tmp_path, lambda path: shutil.rmtree(path / CUES), "zarr3.nwb")
    said = rf"is incomplete: 1 of its groups and arrays is missing, first {CUES}; copy it again"
    with pytest.raises(Incomplete, match=said):
        go_cues(path)
    assert go_cues(path, allow_missing_chunks=True) == [0] * 200
    with serving(tmp_path) as server:
        url = f"{server.url}/recording"
        with open_nwb(url) as nwb:
            assert nwb.trials["start_time"][3] == 3
            with pytest.raises(Incomplete, match=rf"^'{url}' is incomplete: the chunk c/0 of {CUES} is not there"):
                nwb.trials["goCue_start_time"][:]
        assert go_cues(url, allow_missing_chunks=True) == [0] * 200


DOCUMENTS = (".zarray", ".zgroup", "zarr.json")


@pytest.mark.usefixtures("through_proxy")
@formats("plain.zarr", "plain3.zarr")
@pytest.mark.parametrize("lost", ["acquisition/noise/data", "acquisition/noise", "acquisition"])
def test_without_consolidated_metadata_a_document_that_is_not_there(
    recordings: Path, tmp_path: Path, s3: S3Server, name: str, lost: str
) -> None:
    def lose(path: Path) -> None:
        for document in DOCUMENTS:
            (path / lost / document).unlink(missing_ok=True)

    path = altered(recordings, tmp_path, lose, name)
    upload(s3, path, f"bare/{lost}/{name}", PUBLIC)
    with serving(tmp_path) as server:
        for place in (path, f"{server.url}/recording", f"s3://{PUBLIC}/bare/{lost}/{name}"):
            with pytest.raises(ValueError, match=rf"(first |cannot be read whole: of /){lost}\b"):
                go_cues(place)
            if name == "plain3.zarr":
                assert go_cues(place, allow_missing_chunks=True) == GO_CUES


@formats("plain.zarr", "plain3.zarr")
def test_files_of_others_in_a_store_that_is_not_consolidated(recordings: Path, tmp_path: Path, name: str) -> None:
    path = altered(recordings, tmp_path, lambda path: (path / "README.txt").write_text("mine"), name)
    (path / ".figures").mkdir()
    (path / ".figures" / "rates.png").touch()
    assert go_cues(path) == GO_CUES
    if name == "plain3.zarr":
        with serving(tmp_path) as server:
            assert go_cues(f"{server.url}/recording") == GO_CUES


@needs_version_3
def test_references_are_no_fill_values(tmp_path: Path) -> None:
    write_units(tmp_path / "units.nwb", units=2)
    shutil.rmtree(tmp_path / "units.nwb" / "units" / "electrode_group" / "c")
    with pytest.raises(Incomplete, match="1 of its chunks is missing, first in units/electrode_group"):
        go_cues(tmp_path / "units.nwb")
    with (
        serving(tmp_path) as server,
        pytest.raises(Incomplete, match="the chunk c/0 of units/electrode_group is not there"),
        open_nwb(f"{server.url}/units.nwb") as nwb,
    ):
        nwb.units["electrode_group"][:]


@needs_version_3
def test_over_http_each_chunk_may_be_asked_for(recordings: Path) -> None:
    with (
        serving(recordings) as server,
        pytest.raises(Incomplete, match="the chunk c of acquisition/noise/starting_time is not there"),
    ):
        go_cues(f"{server.url}/zarr3.nwb", allow_missing_chunks=False)


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
        data = file.create_dataset("acquisition/noise/data", 100_000, dtype="f4")
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


@pytest.mark.parametrize("name", ["hdmf_zarr_0.4.0", "hdmf_zarr_0.13.0"])
def test_a_store_as_hdmf_zarr_wrote_version_2_has_each_chunk(tmp_path: Path, name: str) -> None:
    check_zarr(unpacked(name, tmp_path))
