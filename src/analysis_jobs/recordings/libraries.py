"""Which libraries recordings are read by: one generation of zarr and hdmf-zarr, or the other.

Imports within functions are for a quick start.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from analysis_jobs.recordings.chunk_lengths import check_lengths
from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder
from analysis_jobs.recordings.remote_file import shown_location
from analysis_jobs.recordings.zarr_metadata import Root

if TYPE_CHECKING:
    from pynwb import NWBFile

_UNPICKLES = "ALLOW_UNSAFE_PICKLE_DECODE"

# Takes a folder, the root of the Zarr store in it, `allow_missing` and `allow_pickle`, and what closes what is opened.
ReadZarr = Callable[[LocalFolder | RemoteFolder, Root, bool | None, bool, ExitStack], "NWBFile"]


def import_pynwb() -> Any:
    """Import pynwb, which hdmf-zarr imports as well.

    At its first import it writes a cache, in place: another job that starts meanwhile may read half of it, and so would
    every job after one that was killed while writing.
    """
    try:
        import pynwb
    except (EOFError, pickle.UnpicklingError):
        os.environ["PYNWB_NO_CACHE_DIR"] = "1"
        import pynwb
    return pynwb


@contextmanager
def unpickling() -> Iterator[None]:
    """Let numcodecs read pickled objects, which it does for a whole process or not at all."""
    from numcodecs import pickles

    before = getattr(pickles, _UNPICKLES, None)  # older ones do it unasked
    setattr(pickles, _UNPICKLES, True)
    try:
        yield
    finally:
        setattr(pickles, _UNPICKLES, before)


def zarr_reader(version: int, location: str) -> ReadZarr:
    """Return what reads a store of a version of the format.

    zarr 3, on Python 3.12 and newer, reads versions 2 and 3, with hdmf-zarr 0.14 and newer; zarr 2 reads version 2.

    Raises
    ------
    ValueError
        If the installed libraries do not read it.
    """
    import zarr

    import_pynwb()
    check_lengths()
    if not zarr.__version__.startswith(("0.", "1.", "2.")):
        from analysis_jobs.recordings.zarr_3 import read_by_zarr_3

        return read_by_zarr_3
    if version == 3:
        raise ValueError(
            f"{shown_location(location)} is Zarr version 3, which zarr {zarr.__version__} does not read; use Python "
            "3.12 or newer, with hdmf-zarr 0.14 or newer"
        )
    from analysis_jobs.recordings.zarr_2 import read_by_zarr_2

    return read_by_zarr_2
