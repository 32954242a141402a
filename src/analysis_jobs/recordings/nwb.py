"""Open NWB recordings read-only: HDF5 or Zarr, on disk, over HTTP or in S3.

Imports within functions are for a quick start.
"""

import os
import pickle
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote

from analysis_jobs.recordings.completeness import check_hdf5_end, check_zarr_folder
from analysis_jobs.recordings.naming import naming, noting
from analysis_jobs.recordings.remote_file import open_remote, shown_location
from analysis_jobs.recordings.zarr import zarr_group, zarr_manager, zarr_options

if TYPE_CHECKING:
    from pynwb import NWBFile

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# It stands at the start, or after a user block of one of these sizes.
HDF5_SIGNATURE_OFFSETS = (0, 512, 1024, 2048)
_HEAD = HDF5_SIGNATURE_OFFSETS[-1] + len(HDF5_SIGNATURE)
# Without these pynwb reads no recording.
_REQUIRED = ("identifier", "session_description", "session_start_time", "timestamps_reference_time")
SCHEMES = ("s3", "http", "https")
# What pynwb says of a file that was written with another version of the NWB schema than the installed one.
VERSION_WARNINGS = "Ignoring the following cached namespace|No cached namespaces found"


@contextmanager
def open_nwb(url: str | Path, *, anonymous: bool = False, allow_missing_chunks: bool = False) -> Iterator["NWBFile"]:
    """Open an NWB recording for reading, and close it at the end of the ``with`` block.

    Whether it is HDF5 or Zarr is seen from what is there, not from its name. Arrays are read when they are
    sliced, so take what you need inside the block. Of a remote HDF5 file only the blocks that are needed are
    fetched.

    Parameters
    ----------
    url
        A path, or a ``file://``, ``http://``, ``https://`` or ``s3://`` URL. Of Zarr (version 2) the store's
        folder; over HTTP it needs consolidated metadata, unless the server lists folders.
    anonymous
        Read a public S3 bucket without credentials.
    allow_missing_chunks
        Read chunks that are not there as their fill value, such as 0, and take an HDF5 file whose last data are
        zero. Otherwise both are an interrupted copy: hdmf-zarr writes every chunk of Zarr version 2. On a disk all
        chunks are counted when the store is opened, elsewhere those are missed that are read.

    Yields
    ------
    pynwb.NWBFile

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    PermissionError
        If it may not be read.
    ConnectionError
        If the server cannot be reached.
    ValueError
        If it is no NWB recording (another kind of file or folder), or a damaged or incomplete one; of a remote Zarr
        store also later, when what is missing is read.

    Examples
    --------
    >>> with open_nwb("session.nwb") as nwb:  # doctest: +SKIP
    ...     go_cues = nwb.trials["goCue_start_time"][:]  # (trials,), seconds
    """
    location = _location(url)
    with ExitStack() as stack:
        remote = "://" in location
        with naming(location, anonymous), warnings.catch_warnings():
            warnings.filterwarnings("ignore", VERSION_WARNINGS, UserWarning)
            if remote:
                recording = _open_remote(location, anonymous, allow_missing_chunks, stack)
            else:
                recording = _open_local(location, allow_missing_chunks, stack)
        with noting(location):
            yield recording


def _location(url: str | Path) -> str:
    """Return a local path or a URL; a `Path` made of a URL has lost a slash, which comes back here."""
    if not isinstance(url, str | os.PathLike):
        raise TypeError(f"open_nwb takes one path or URL, not {type(url).__name__}; give one at a time")
    text = os.fspath(url)
    scheme, _, rest = text.partition(":")
    if rest.startswith("/") and scheme.lower() == "file":
        return unquote("/" + rest.lstrip("/").removeprefix("localhost/")).rstrip("/")
    if rest.startswith("/") and scheme.lower() in SCHEMES:
        return f"{scheme.lower()}://{rest.strip('/')}"
    if re.match(r"[A-Za-z][\w+.-]*://", text):
        raise ValueError(f"{text!r} cannot be opened: {scheme}:// is not supported; give a path, s3:// or https://")
    return text.rstrip("/") or text


def _open_local(path: str, allow_missing: bool, stack: ExitStack) -> "NWBFile":
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no recording at {path!r}; check the path (seen from {os.getcwd()!r})")
    if os.path.isdir(path):
        return _open_local_zarr(path, allow_missing, stack)
    with open(path, "rb") as file:
        head = file.read(_HEAD)
        if not _is_hdf5(head):
            raise ValueError(f"{path!r} is neither HDF5 nor a Zarr folder: {_begins(head)}")
        return _read_hdf5(path, None if allow_missing else file, path, stack)


def _open_local_zarr(path: str, allow_missing: bool, stack: ExitStack) -> "NWBFile":
    from zarr.storage import DirectoryStore

    store = DirectoryStore(path)  # a plain path with "::" in it would be taken for a URL
    if (group := zarr_group(store, None, path)) is None:
        raise ValueError(_no_store(path, os.listdir(path)))
    if not allow_missing:
        check_zarr_folder(group, path)
    return _read_zarr(group, store, None, path, stack)


def _open_remote(url: str, anonymous: bool, allow_missing: bool, stack: ExitStack) -> "NWBFile":
    head, problem = b"", None
    try:
        file = stack.enter_context(open_remote(url, anonymous))
        head = file.read(_HEAD)
    except (FileNotFoundError, PermissionError) as error:
        problem = error  # a Zarr store may still be there: its folder is no file, and need not be readable
    if _is_hdf5(head):
        return _read_hdf5(file, None if allow_missing else file, url, stack)
    options = zarr_options(url, anonymous, allow_missing)
    try:
        group = zarr_group(url, options, url)
    except PermissionError as error:
        raise (problem if isinstance(problem, PermissionError) else error) from None
    if group is None:
        _refuse_remote(url, options, head, problem)
    return _read_zarr(group, url, options, url, stack)


def _is_hdf5(head: bytes) -> bool:
    return any(head.startswith(HDF5_SIGNATURE, offset) for offset in HDF5_SIGNATURE_OFFSETS)


def _read_hdf5(source: Any, whole: Any | None, location: str, stack: ExitStack) -> "NWBFile":
    """Read from a path or a binary file; `whole` is the binary file if it is to be seen that its end is there."""
    import h5py

    pynwb = _import_pynwb()
    try:
        file = stack.enter_context(h5py.File(source, "r"))
    except ConnectionError:
        raise
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{shown_location(location)} is HDF5 but cannot be opened: {error}; {_remedy_of_hdf5(error)}"
        ) from error
    if whole is not None:
        check_hdf5_end(file, whole, location)
    _check_is_nwb(file, location)
    io = stack.enter_context(pynwb.NWBHDF5IO(file=file, mode="r"))
    return cast("NWBFile", io.read())


def _remedy_of_hdf5(error: Exception) -> str:
    if "unable to lock file" in str(error):
        return "another program is writing it: wait until it has ended, or copy the file"
    if "open for write" in str(error):
        return "what wrote it did not close it: if nothing is writing it any more, run h5clear -s on it"
    return "if it is incomplete, copy it again"


def _read_zarr(group: Any, store: Any, options: dict[str, Any] | None, location: str, stack: ExitStack) -> "NWBFile":
    _import_pynwb()
    from hdmf_zarr import NWBZarrIO

    if not len(group) and "nwb_version" in group.attrs:
        raise ValueError(
            f"{shown_location(location)} is a Zarr store without consolidated metadata, and what it holds cannot be "
            "listed; run zarr.consolidate_metadata on it, or copy it here"
        )
    _check_is_nwb(group, location)
    manager = zarr_manager(group, store, options)
    io = stack.enter_context(NWBZarrIO(store, mode="r", manager=manager, storage_options=options))
    return cast("NWBFile", io.read())


def _check_is_nwb(root: Any, location: str) -> None:
    if "nwb_version" not in root.attrs:
        raise ValueError(
            f"{shown_location(location)} is not an NWB 2 recording: it has no nwb_version; give another file"
        )
    if missing := [name for name in _REQUIRED if name not in root]:
        raise ValueError(
            f"{shown_location(location)} is not a whole NWB recording: it has no {' and no '.join(missing)}; "
            "write it again, with all that NWB requires"
        )


def _import_pynwb() -> Any:
    # At its first import pynwb writes a cache, in place: another job that starts meanwhile may read half of
    # it, and so would every job after one that was killed while writing.
    try:
        import pynwb
    except (EOFError, pickle.UnpicklingError):
        os.environ["PYNWB_NO_CACHE_DIR"] = "1"
        import pynwb
    return pynwb


def _refuse_remote(url: str, options: dict[str, Any], head: bytes, problem: OSError | None) -> NoReturn:
    if isinstance(problem, PermissionError):
        raise problem
    if names := [] if head else _remote_names(url, options):
        raise ValueError(_no_store(url, names))
    if problem is None:
        raise ValueError(f"{shown_location(url)} is neither HDF5 nor a Zarr store: {_begins(head)}")
    raise FileNotFoundError(f"there is no recording at {shown_location(url)} ({problem}); check the URL")


def _remote_names(url: str, options: dict[str, Any]) -> list[str]:
    filesystem = options["fs"]
    if url.startswith("http"):
        return ["zarr.json"] if filesystem.exists(f"{url}/zarr.json") else []
    if not filesystem.isdir(url):
        return []
    return [name.rstrip("/").rpartition("/")[2] for name in filesystem.ls(url, detail=False)]


def _no_store(location: str, names: Iterable[str]) -> str:
    entries = sorted(names)
    listed = [name for name in entries if ".nwb" in name or ".zarr" in name] or entries
    inside = f"it holds {', '.join(map(repr, listed[:5]))}{', ...' if len(listed) > 5 else ''}"
    remedy = "give the path of the recording itself"
    if "zarr.json" in entries:
        inside, remedy = "it is Zarr version 3", "export it as Zarr version 2 or as HDF5"
    elif ".zarray" in entries:
        inside = "it is a single Zarr array"
    elif not entries:
        inside = "it is empty"
    return f"{shown_location(location)} is a folder but no Zarr store that can be read: {inside}; {remedy}"


def _begins(head: bytes) -> str:
    if not head:
        return "it is empty; copy or download it again"
    if b"<html" in head.lower():
        return "it is a web page; give the URL of the file itself, as a download link has it"
    return f"it begins with {head[:16]!r}; give an NWB file"
