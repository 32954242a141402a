"""Chunks that were cut off are an error, whatever they are compressed with, and not what lies in memory after them."""

import lzma
import shutil
import zlib
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from fakes.files import serving
from fakes.s3 import PUBLIC, S3Server
from support.recordings import READS_VERSION_3, needs_version_3, upload

from analysis_jobs import open_nwb
from analysis_jobs.recordings.chunk_lengths import CutOff, check_lengths
from analysis_jobs.recordings.remote_file import shown_location

# Random, so that nothing of it can be compressed: Blosc stores it as it is, and would read on after the end.
NUMBERS = np.random.default_rng(0).integers(0, 2**60, 25)
CODECS = [
    *(numcodecs.Blosc(name) for name in ("blosclz", "lz4", "zlib", "zstd")),
    numcodecs.Zstd(),
    numcodecs.LZ4(),
    numcodecs.Zlib(),
    numcodecs.GZip(),
    numcodecs.BZ2(),
    numcodecs.LZMA(),
    numcodecs.Shuffle(NUMBERS.itemsize),
    None,
]


def cuts(size: int) -> list[int]:
    return [*range(0, 20), size // 2, size // 2 // 8 * 8, size - 1]


def write_version_2(path: Path, codec: Any) -> None:
    """Write one array of one chunk."""
    layout: dict[str, Any] = {"shape": NUMBERS.shape, "chunks": NUMBERS.shape, "dtype": NUMBERS.dtype}
    if READS_VERSION_3:
        array = zarr.create_array(path, zarr_format=2, compressors=codec, **layout)
    else:
        array = zarr.open_array(str(path), mode="w", compressor=codec, **layout)
    array[:] = NUMBERS


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_a_chunk_of_version_2_that_was_cut_off(tmp_path: Path, codec: Any) -> None:
    check_lengths()
    write_version_2(tmp_path / "a.zarr", codec)
    refused_wherever_it_was_cut(tmp_path / "a.zarr", "0")


@needs_version_3
@pytest.mark.parametrize("codec", ["BloscCodec", "ZstdCodec", "GzipCodec", None])
@pytest.mark.parametrize("shards", [None, NUMBERS.shape])
def test_a_chunk_of_version_3_that_was_cut_off(tmp_path: Path, codec: str | None, shards: Any) -> None:
    check_lengths()
    compressors = (getattr(zarr.codecs, codec)(),) if codec else ()
    chunks = (5,) if shards else NUMBERS.shape
    array = zarr.create_array(
        tmp_path / "a.zarr",
        shape=NUMBERS.shape,
        chunks=chunks,
        shards=shards,
        dtype=NUMBERS.dtype,
        compressors=compressors,
    )
    array[:] = NUMBERS
    refused_wherever_it_was_cut(tmp_path / "a.zarr", "c/0")


def refused_wherever_it_was_cut(path: Path, chunk: str) -> None:
    np.testing.assert_array_equal(zarr.open_array(str(path), mode="r")[:], NUMBERS)
    whole = (path / chunk).read_bytes()
    for size in cuts(len(whole)):
        (path / chunk).write_bytes(whole[:size])
        array = zarr.open_array(str(path), mode="r")
        for part in (slice(None), slice(3, 20)):
            with pytest.raises((ValueError, RuntimeError, EOFError, OSError, zlib.error, lzma.LZMAError)):
                array[part]


def test_codecs_still_read_what_is_whole_and_into_what_is_there() -> None:
    check_lengths()
    for codec in (numcodecs.Blosc(), numcodecs.GZip()):
        chunk, there = codec.encode(NUMBERS), np.empty_like(NUMBERS)
        for given in (bytes(chunk), np.frombuffer(chunk, np.uint8), bytearray(chunk)):
            assert np.frombuffer(codec.decode(given), NUMBERS.dtype).tolist() == NUMBERS.tolist()
            codec.decode(given, there)
            assert there.tolist() == NUMBERS.tolist()
    with pytest.raises(CutOff, match="a chunk is damaged or cut off: it has 15 of 16 bytes or more"):
        numcodecs.Blosc().decode(bytes(15))


CUES = "intervals/trials/goCue_start_time"


def with_a_cut(recordings: Path, folder: Path) -> Path:
    """Copy a recording in Zarr version 2, of which one array is of numbers that Blosc stores as they are."""
    path = Path(shutil.copytree(recordings / "zarr.nwb", folder / "cut.nwb"))
    chunk = path / CUES / "0"
    chunk.write_bytes(numcodecs.Blosc().encode(np.random.default_rng(0).bytes(200 * 8))[:800])
    return path


@pytest.mark.usefixtures("through_proxy")
def test_of_a_recording_it_is_said_with_its_name_and_the_array(recordings: Path, tmp_path: Path, s3: S3Server) -> None:
    path = with_a_cut(recordings, tmp_path)
    upload(s3, path, "cut.nwb", PUBLIC)
    with serving(tmp_path) as server:
        for place in (path, f"{server.url}/cut.nwb", f"s3://{PUBLIC}/cut.nwb"):
            with (
                pytest.raises(CutOff, match="cut off: it has 800 of 1616 bytes or more") as caught,
                open_nwb(place) as nwb,
            ):
                nwb.trials["goCue_start_time"][:]
            name = shown_location(str(place))
            assert caught.value.__notes__ == [f"(while {CUES} of {name} was read: copy it again if it may be damaged)"]
