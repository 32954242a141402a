"""Errors of the libraries and services that recordings are read by: with the recording's name, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from analysis_jobs.aws.credentials import CredentialsError, of_botocore
from analysis_jobs.aws.s3 import NoSuchName
from analysis_jobs.recordings.chunk_lengths import CutOff
from analysis_jobs.recordings.remote_file import shown_location

_LONG = 300
_LIBRARIES = ("h5py", "hdmf", "hdmf_zarr", "numcodecs", "numpy", "pynwb", "zarr")
_ARRAYS = (("h5py", "Dataset"), ("zarr", "Array"), ("zarr", "AsyncArray"))
_CREDENTIALS = "check your AWS credentials (AWS_PROFILE), or pass anonymous=True if the bucket is public"
_NOT_PUBLIC = "if the bucket is not public, leave out anonymous=True and set AWS_PROFILE"


@contextmanager
def naming(location: str, anonymous: bool) -> Iterator[None]:
    """Name the recording, and what to do, in the errors of libraries and services."""
    name = shown_location(location)
    try:
        yield
    except Exception as error:
        if name in str(error):
            raise
        if location.startswith("s3:"):
            _raise_of_s3(error, name)
        if isinstance(error, PermissionError):
            remedy = "check the URL, its login or its signature"
            if location.startswith("s3:"):
                remedy = _NOT_PUBLIC if anonymous else _CREDENTIALS
            raise PermissionError(f"{name} may not be read ({error}); {remedy}") from error
        if isinstance(error, ConnectionError):
            raise ConnectionError(f"{name} cannot be reached ({error}); check the URL and the network") from error
        if isinstance(error, TypeError | MemoryError) and not _is_of_libraries(error):
            raise
        array = _array_in(error)
        where = f"in {array}: " if array else ""
        raise ValueError(f"{name} cannot be read as NWB: {where}{_reason(error)}; {_remedy(error)}") from error


@contextmanager
def noting(location: str) -> Iterator[None]:
    """Name the recording, and the array, in what reading raises; leave alone what the analysis raises by itself."""
    name = shown_location(location)
    try:
        yield
    except Exception as error:
        if (isinstance(error, OSError) or _is_of_libraries(error)) and name not in str(error):
            if array := _array_in(error):
                error.add_note(f"(while {array} of {name} was read: copy it again if it may be damaged)")
            else:
                error.add_note(f"(while {name} was open: copy it again if it may be damaged)")
        raise


def _reason(error: Exception) -> str:
    """Return the type and the message of an error; one of hdmf has the reason last, after the whole recording."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text if len(text) < _LONG else f'…{text[-_LONG:]}'}"


def _remedy(error: Exception) -> str:
    if "not a namespace" in str(error) or "No specification for" in str(error):
        return "install the NWB extension that it uses (such as ndx-…), and import it in the analysis"
    return "copy it again if it may be damaged, otherwise see what pynwb.validate says about it"


def _is_of_libraries(error: BaseException) -> bool:
    """Return whether an error was raised by what reads recordings, and not by the analysis."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return isinstance(error, CutOff) or (bool(frames) and _top(frames[-1].f_globals.get("__name__", "")) in _LIBRARIES)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _array_in(error: BaseException | None) -> str | None:
    """Return the path of the array that was read when an error came about, as its traceback has it."""
    while error is not None:
        for frame, _ in reversed(list(walk_tb(error.__traceback__))):
            one: Any = frame.f_locals.get("self")
            if any((_top(kind.__module__), kind.__name__) in _ARRAYS for kind in type(one).__mro__) and one.name:
                return str(one.name).strip("/")
        error = error.__cause__ or error.__context__
    return None


def _raise_of_s3(error: Exception, name: str) -> None:
    """Raise something helpful for an error on the way to S3, if it is one; those of s3fs have addresses in them."""
    if isinstance(error, NoSuchName):
        raise ValueError(f"{name} cannot be opened: no bucket has such a name; check the URL") from None
    if isinstance(error, CredentialsError):
        if error.reason:
            raise PermissionError(f"{name} may not be read ({error.reason}); {_CREDENTIALS}") from None
        raise PermissionError(f"no AWS credentials were found to read {name}; {_CREDENTIALS}") from None
    problem = of_botocore(error)
    if problem is error:
        return
    if isinstance(problem, ConnectionError):
        raise ConnectionError(f"{name} cannot be reached ({problem}); check the URL and the network") from None
    raise PermissionError(f"{name} may not be read ({problem}); {_CREDENTIALS}") from None
