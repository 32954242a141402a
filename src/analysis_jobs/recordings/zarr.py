"""Zarr stores of recordings, versions 2 and 3 of the format, on a disk or elsewhere: found, checked and read."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from analysis_jobs.recordings.completeness import (
    Incomplete,
    check_is_nwb,
    check_zarr_folder,
    incomplete_text,
    lost_text,
)
from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder
from analysis_jobs.recordings.libraries import unpickling, zarr_reader
from analysis_jobs.recordings.remote_file import shown_location
from analysis_jobs.recordings.zarr_metadata import Root, nodes_in, pickled_text, read_root

if TYPE_CHECKING:
    from pynwb import NWBFile


def read_zarr(
    folder: LocalFolder | RemoteFolder, allow_missing: bool | None, allow_pickle: bool, stack: ExitStack
) -> "NWBFile | None":
    """Read the recording in a folder; return None where there is no Zarr store.

    Parameters
    ----------
    folder
        Where it is.
    allow_missing
        Whether chunks that are not there are read as fill values. None for what hdmf-zarr means by them: nothing in
        version 2, where it writes each, and fill values in version 3.
    allow_pickle
        Whether pickled objects may be read.
    stack
        Closes what is opened.

    Raises
    ------
    ValueError
        If it is no NWB recording, a damaged or incomplete one, or one that may not or cannot be read here.
    """
    location = folder.location
    if (root := read_root(folder.get, location)) is None:
        return None
    if root.is_array:
        raise ValueError(no_store_text(location, ["zarr.json"]))
    read = zarr_reader(root.version, location)
    check_is_nwb(root.attributes, _children(root, folder), location)
    if allow_missing is None and root.version == 2:
        allow_missing = False
    nodes = {node.path: node for node in root.nodes or ()}
    if isinstance(folder, LocalFolder):
        own, bare = nodes_in(location)
        there = {node.path: node for node in own}
        if not allow_missing:
            if bare and root.nodes is None:
                raise Incomplete(incomplete_text(location, lost_text(bare)))
            check_zarr_folder(location, nodes, there, every_chunk=allow_missing is False)
        nodes |= there
    pickled = [node.path for node in nodes.values() if node.is_pickled]
    if pickled and not allow_pickle:
        raise ValueError(pickled_text(location, pickled[0]))
    if allow_pickle:
        stack.enter_context(unpickling())
    return read(folder, root, allow_missing, allow_pickle, stack)


def _children(root: Root, folder: LocalFolder | RemoteFolder) -> set[str]:
    """Return the names of the groups and arrays in the root, and maybe of other files."""
    if root.nodes is not None:
        return {node.path.partition("/")[0] for node in root.nodes}
    names = set(folder.names())
    if not names and "nwb_version" in root.attributes:
        raise ValueError(
            f"{shown_location(folder.location)} is a Zarr store without consolidated metadata, and what it holds "
            "cannot be listed; run zarr.consolidate_metadata on it, or copy it here"
        )
    return names


def no_store_text(location: str, names: Iterable[str]) -> str:
    """Return the message for a folder that is no Zarr store, from the names of what is in it."""
    entries = sorted(names)
    listed = [name for name in entries if ".nwb" in name or ".zarr" in name] or entries
    inside = f"it holds {', '.join(map(repr, listed[:5]))}{', ...' if len(listed) > 5 else ''}"
    if ".zarray" in entries or "zarr.json" in entries:
        inside = "it is a single Zarr array"
    elif not entries:
        inside = "it is empty"
    return (
        f"{shown_location(location)} is a folder but no Zarr store that can be read: {inside}; give the path of the "
        "recording itself"
    )
