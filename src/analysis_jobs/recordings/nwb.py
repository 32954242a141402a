"""Open NWB recordings read-only: HDF5 or Zarr, on disk, over HTTP or in S3.

Imports within functions are for a quick start.
"""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast
from urllib.parse import unquote

from analysis_jobs.plain_files import NoPlainFile, open_plain
from analysis_jobs.recordings.completeness import check_hdf5_end, check_is_nwb
from analysis_jobs.recordings.folders import LocalFolder, RemoteFolder
from analysis_jobs.recordings.libraries import import_pynwb
from analysis_jobs.recordings.naming import naming, noting
from analysis_jobs.recordings.pickles import pickles_allowed
from analysis_jobs.recordings.remote_file import open_remote, shown_location
from analysis_jobs.recordings.zarr import no_store_text, read_zarr
from analysis_jobs.recordings.zarr_metadata import is_document

if TYPE_CHECKING:
    from pynwb import NWBFile

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# It stands at the start, or after a user block of one of these sizes.
HDF5_SIGNATURE_OFFSETS = (0, 512, 1024, 2048)
_HEAD = HDF5_SIGNATURE_OFFSETS[-1] + len(HDF5_SIGNATURE)
_PACKED = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
SCHEMES = ("s3", "http", "https")
# What pynwb says of a file that was written with another version of the NWB schema than the installed one.
VERSION_WARNINGS = "Ignoring the following cached namespace|No cached namespaces found"


@dataclass(frozen=True)
class _Options:
    """What `open_nwb` was asked for; see there."""

    anonymous: bool
    allow_missing: bool | None
    allow_pickle: bool


@contextmanager
def open_nwb(
    url: str | Path,
    *,
    anonymous: bool = False,
    allow_missing_chunks: bool | None = None,
    allow_pickle: bool | None = None,
) -> Iterator["NWBFile"]:
    """Open an NWB recording for reading, and close it at the end of the ``with`` block.

    The content shows whether it is HDF5 or Zarr, not the name. Arrays are read when you slice them, so take what you
    need inside the block. Only the blocks that are needed are fetched from a remote HDF5 file.

    Parameters
    ----------
    url
        A path, or a ``file://``, ``http://``, ``https://`` or ``s3://`` URL. For Zarr (version 2, and version 3 on
        Python 3.12 and newer) the store's folder; over HTTP it needs consolidated metadata, unless the server lists
        folders.
    anonymous
        Read a public S3 bucket without credentials.
    allow_missing_chunks
        True: read missing chunks as their fill value, such as 0, and accept an HDF5 file whose last data are zero.
        False: treat both as an interrupted copy, which is an error. On a disk, all chunks are counted when the store
        is opened; elsewhere, a missing chunk is noticed when it is read. None, the default, means False except for Zarr
        version 3, where hdmf-zarr leaves out chunks that hold only fill values: there it is an error if a whole array
        or a chunk of references is missing.
    allow_pickle
        Read pickled Python objects, in which hdmf-zarr up to 0.13 has kept references in Zarr version 2. This runs
        whatever program their writer put there, so do it only if you trust the writer. None, the default, means what
        the launch says (``--allow_pickle``, or ANALYSIS_ALLOW_PICKLE=true in the environment), otherwise False.

    Yields
    ------
    pynwb.NWBFile

    Raises
    ------
    FileNotFoundError
        If there is nothing at that place.
    PermissionError
        If it may not be read.
    ConnectionError
        If the server cannot be reached.
    ValueError
        If it is not an NWB recording (another kind of file or folder), is damaged or incomplete, or has pickled
        objects that may not be read. For a remote Zarr store also later, when a missing part is read.

    Examples
    --------
    >>> with open_nwb("session.nwb") as nwb:  # doctest: +SKIP
    ...     go_cues = nwb.trials["goCue_start_time"][:]  # (trials,), seconds
    """
    location = _location(url)
    if allow_pickle is None:
        allow_pickle = pickles_allowed()
    options = _Options(anonymous, allow_missing_chunks, allow_pickle)
    with ExitStack() as stack:
        with naming(location, anonymous), warnings.catch_warnings():
            warnings.filterwarnings("ignore", VERSION_WARNINGS, UserWarning)
            opens = _open_remote if "://" in location else _open_local
            recording = opens(location, options, stack)
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


def _open_local(path: str, options: _Options, stack: ExitStack) -> "NWBFile":
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no recording at {path!r}; check the path (seen from {os.getcwd()!r})")
    if os.path.isdir(path):
        recording = read_zarr(LocalFolder(path), options.allow_missing, options.allow_pickle, stack)
        if recording is None:
            raise ValueError(no_store_text(path, os.listdir(path)))
        return recording
    with _opened(path) as file:
        head = file.read(_HEAD)
        if not _is_hdf5(head):
            raise ValueError(f"{path!r} is neither HDF5 nor a Zarr folder: {_begins(head, path)}")
        return _read_hdf5(path, None if options.allow_missing else file, path, stack)


def _opened(path: str) -> BinaryIO:
    try:
        return open_plain(path)
    except NoPlainFile as error:
        raise ValueError(f"{path!r} is not a recording: {error.strerror}; give an NWB file, or a Zarr folder") from None


def _open_remote(url: str, options: _Options, stack: ExitStack) -> "NWBFile":
    head, problem = b"", None
    try:
        file = stack.enter_context(open_remote(url, options.anonymous))
        head = file.read(_HEAD)
    except (FileNotFoundError, PermissionError) as error:
        problem = error  # a Zarr store may still be there: its folder is no file, and need not be readable
    if _is_hdf5(head):
        return _read_hdf5(file, None if options.allow_missing else file, url, stack)
    folder = RemoteFolder(url, options.anonymous)
    if (recording := read_zarr(folder, options.allow_missing, options.allow_pickle, stack)) is None:
        _refuse_remote(folder, head, problem)
    return recording


def _is_hdf5(head: bytes) -> bool:
    return any(head.startswith(HDF5_SIGNATURE, offset) for offset in HDF5_SIGNATURE_OFFSETS)


def _read_hdf5(source: Any, whole: Any | None, location: str, stack: ExitStack) -> "NWBFile":
    """Read from a path or a binary file; `whole` is the binary file if it is to be seen that its end is there."""
    import h5py

    pynwb = import_pynwb()
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
    check_is_nwb(file.attrs, file, location)
    io = stack.enter_context(pynwb.NWBHDF5IO(file=file, mode="r"))
    return cast("NWBFile", io.read())


def _remedy_of_hdf5(error: Exception) -> str:
    if "unable to lock file" in str(error):
        return "another program is writing it: wait until it has ended, or copy the file"
    if "open for write" in str(error):
        return "what wrote it did not close it: if nothing is writing it any more, run h5clear -s on it"
    return "if it is incomplete, copy it again"


def _refuse_remote(folder: RemoteFolder, head: bytes, problem: OSError | None) -> NoReturn:
    if isinstance(problem, PermissionError):
        raise problem
    if folder.refusal:
        raise folder.refusal
    if names := [] if head else folder.names():
        raise ValueError(no_store_text(folder.location, names))
    shown = shown_location(folder.location)
    if problem is None:
        raise ValueError(f"{shown} is neither HDF5 nor a Zarr store: {_begins(head, folder.location)}")
    raise FileNotFoundError(f"there is no recording at {shown} ({problem}); check the URL")


def _begins(head: bytes, location: str) -> str:
    if is_document(location):
        return "it is a document of a Zarr store; give the folder that it is in"
    if not head:
        return "it is empty; copy or download it again"
    if b"<html" in head.lower():
        return "it is a web page; give the URL of the file itself, as a download link has it"
    if packed := next((name for begin, name in _PACKED.items() if head.startswith(begin)), None):
        return f"it is packed ({packed}); unpack it, and give what was in it"
    return f"it begins with {head[:16]!r}; give an NWB file"
