"""Whether all of a recording is there: what an interrupted copy has lost would be read as zeros.

Imports within functions are for a quick start.
"""

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

from analysis_jobs.recordings.folders import RemoteFolder
from analysis_jobs.recordings.remote_file import shown_location
from analysis_jobs.recordings.zarr_metadata import CHUNK_NAME, Node, is_document
from analysis_jobs.wording import size_text

if TYPE_CHECKING:
    from h5py import File

# Of an HDF5 file, how much at the end is looked at. A compressed chunk never ends with as many zeros as a disk sector
# has bytes; of plain data, more may really be zero.
_END, _SECTOR = 4096, 512
# Without these pynwb reads no recording.
_REQUIRED = ("identifier", "session_description", "session_start_time", "timestamps_reference_time")
_HEADER = 16  # of what lies in a global heap
_BLOCK = 2**20


class Incomplete(ValueError):
    """Something of a recording is not there."""


def incomplete_text(location: str, what: str) -> str:
    """Return the message for a recording of which something is not there."""
    return (
        f"{shown_location(location)} is incomplete: {what}; copy it again, or pass allow_missing_chunks=True if that "
        "does mean fill values"
    )


def check_is_nwb(attributes: Container[str], names: Container[str], location: str) -> None:
    """See by the attributes of a root, and the names in it, that it is a recording.

    Raises
    ------
    ValueError
        If it is none, or lacks what pynwb needs.
    """
    if "nwb_version" not in attributes:
        raise ValueError(
            f"{shown_location(location)} is not an NWB 2 recording: it has no nwb_version; give another file"
        )
    if missing := [name for name in _REQUIRED if name not in names]:
        raise ValueError(
            f"{shown_location(location)} is not a complete NWB recording: it has no {' and no '.join(missing)}; "
            "write it again, with all that NWB requires"
        )


def lost_text(paths: Sequence[str]) -> str:
    """Return the words for groups and arrays that are not there."""
    return f"{len(paths)} of its groups and arrays {'are' if len(paths) > 1 else 'is'} missing, first {paths[0]}"


def check_zarr_folder(folder: str, told: Mapping[str, Node], there: Mapping[str, Node], every_chunk: bool) -> None:
    """See that a Zarr store on a disk is whole.

    hdmf-zarr writes each chunk of Zarr version 2, also one of nothing but fill values. Of version 3 it leaves those
    out, so a chunk that is lost cannot be told from them: but the documents of all groups and arrays are there, and
    the chunks of references.

    Parameters
    ----------
    folder
        Its path.
    told
        The groups and arrays that its consolidated documents tell of, by path.
    there
        Those whose own documents are there.
    every_chunk
        Whether each chunk is to be there; a chunk is counted that is a file with something in it.

    Raises
    ------
    Incomplete
        If something is not there.
    """
    lost = [path for path in told if path not in there]
    if lost and not every_chunk:
        raise Incomplete(incomplete_text(folder, lost_text(lost)))
    arrays = [node for node in {**there, **told}.values() if every_chunk or node.has_references]
    missing = {node.path: count for node in arrays if (count := _missing(node, folder))}
    if count := sum(missing.values()):
        what = f"{count} of its chunks {'are' if count > 1 else 'is'} missing, first in {next(iter(missing))}"
        raise Incomplete(incomplete_text(folder, what))


def check_documents(folder: RemoteFolder, unknown: Iterable[str]) -> None:
    """See that what a store elsewhere lists, and has no document, is no group or array that has lost it.

    Parameters
    ----------
    folder
        Where it is.
    unknown
        The paths of what has none; each costs two requests.

    Raises
    ------
    Incomplete
        If there are chunks in it, or documents of others.
    """
    if lost := [path for path in sorted(unknown) if _is_of_zarr(folder.below(path))]:
        raise Incomplete(incomplete_text(folder.location, lost_text(lost)))


def _is_of_zarr(files: Sequence[str]) -> bool:
    """Return whether the files in a folder are those of a group or an array without its own document."""
    own = any(file in (".zarray", ".zgroup", "zarr.json") for file in files)
    return not own and any(is_document(file) or CHUNK_NAME.fullmatch(file.rpartition("/")[2]) for file in files)


def _missing(node: Node, folder: str) -> int:
    if node.grid is None:
        return 0
    there = {place for place in _chunks(os.path.join(folder, node.path)) if _is_in(place, node.grid)}
    return int(prod(node.grid)) - len(there)


def _chunks(folder: str, above: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Yield the places in the grid for which there is a file with something in it."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:  # of an array without an attribute or a chunk, of which consolidated metadata tell
        return
    for entry in entries:
        if not CHUNK_NAME.fullmatch(entry.name):
            continue
        place = (*above, *map(int, re.findall(r"\d+", entry.name)))
        if entry.is_dir():
            yield from _chunks(entry.path, place)
        elif entry.stat().st_size:
            yield place or (0,)


def _is_in(place: tuple[int, ...], grid: tuple[int, ...]) -> bool:
    return place == (0,) if not grid else len(place) == len(grid) and all(map(int.__lt__, place, grid))


def check_hdf5_end(file: "File", source: BinaryIO, location: str) -> None:
    """See that the end of a file has come: a download that makes room first leaves zeros there.

    Nothing but the end is read, unless that is zero: files may end with room that nothing uses.

    Raises
    ------
    ValueError
        If data lie where the end is zero, or objects of the file are lost with it.
    """
    size = source.seek(0, os.SEEK_END)
    start = _start_of_zeros(source, size)
    if size - start < _HEADER:
        return
    if _is_heap_cut(source, start, size):
        raise ValueError(
            f"{shown_location(location)} is incomplete: its last {size_text(size - start)} are zero, where texts lie; "
            "copy it again"
        )
    if size - start < _END:
        return
    try:
        lost = [(span, length) for span in _spans(file) if (length := span.stop - max(span.start, start)) > 0]
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"{shown_location(location)} is incomplete: its end is zero, and what it holds cannot be listed ({error}); "
            "copy it again"
        ) from error
    plain = sum(length for span, length in lost if span.is_plain)
    if plain >= _END or any(length >= _SECTOR for span, length in lost if not span.is_plain):
        name = max(lost, key=lambda one: one[1])[0].name
        what = f"its last {size_text(size - start)} are zero, where {name} lies"
        raise Incomplete(incomplete_text(location, what))


def _start_of_zeros(source: BinaryIO, size: int) -> int:
    """Return where the zeros at the end begin; a little too late where they are few."""
    stop, length = size, _END
    while stop:
        start = max(stop - length, 0)
        source.seek(start)
        if there := source.read(stop - start).rstrip(b"\0"):
            return start + len(there)
        stop, length = start, _BLOCK
    return 0


def _is_heap_cut(source: BinaryIO, start: int, size: int) -> bool:
    """Return whether zeros at the end begin within a global heap, in which texts lie; HDF5 itself would read for ever.

    By the file format specification of HDF5, version 3, III.E: a collection has its size, and objects one after the
    other; that of number 0 is what is free, with the size of all the rest.
    """
    back = max(start - _BLOCK, 0)
    source.seek(back)
    there = source.read(size - back)
    begin = there.rfind(b"GCOL\1\0\0\0", 0, start - back)
    if begin < 0:
        return False
    length = int.from_bytes(there[begin + 8 : begin + 16], "little")
    place, end = begin + _HEADER, begin + length
    if end <= start - back or end > len(there):
        return end > len(there)
    while place + _HEADER <= end:
        number, taken = (int.from_bytes(there[place + at : place + at + n], "little") for at, n in ((0, 2), (8, 8)))
        if number == 0:
            return taken != end - place
        place += _HEADER + (taken + 7) // 8 * 8
    return False


@dataclass(frozen=True)
class _Span:
    """Where data of a dataset lie in a file, in bytes."""

    start: int
    stop: int
    name: str
    is_plain: bool


def _spans(file: "File") -> Iterator[_Span]:
    import h5py

    datasets = list[h5py.Dataset]()
    file.visititems(lambda _, node: datasets.append(node) if isinstance(node, h5py.Dataset) else None)
    for dataset in datasets:
        name, of_file = dataset.name.lstrip("/"), dataset.id
        if dataset.chunks is None:
            if (offset := of_file.get_offset()) is not None:
                yield _Span(offset, offset + of_file.get_storage_size(), name, is_plain=True)
            continue
        is_plain = not of_file.get_create_plist().get_nfilters()
        chunks = list[Any]()
        of_file.chunk_iter(chunks.append)
        for chunk in chunks:
            yield _Span(chunk.byte_offset, chunk.byte_offset + chunk.size, name, is_plain)
