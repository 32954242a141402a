"""Files of users opened for reading, and nothing else by their paths: who opens a pipe may wait for ever."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NoPlainFile(OSError):
    """What is at a path is neither a file nor a folder; `strerror` says what it is."""


def special_kind(mode: int) -> str:
    """Return what is neither a file nor a folder, by its `st_mode`, as ``a pipe``; an empty text if it is either."""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "")


def refuse_special(path: str | os.PathLike[str]) -> None:
    """See that what is at a path is a file or a folder, or a link to one, before it is opened.

    Raises
    ------
    NoPlainFile
        If not.
    OSError
        If nothing is there, or it cannot be told.
    """
    if kind := special_kind(os.stat(path).st_mode):
        raise NoPlainFile(errno.EINVAL, f"it is {kind}, not a file", os.fspath(path))


def open_plain(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file for reading bytes.

    Raises
    ------
    NoPlainFile
        If it is a pipe, a socket or a device.
    OSError
        As `open` does.
    """
    refuse_special(path)
    return Path(path).open("rb")
