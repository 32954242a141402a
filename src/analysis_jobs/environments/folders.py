"""The folder of an environment: how many files it has, who runs in it, and its end."""

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from analysis_jobs.errors import InvalidInput
from analysis_jobs.sharing import why_not_writable


def files_in(folder: Path) -> int:
    """Return how many files a folder has, but for caches of bytecode, which come and go."""
    return sum(len(files) for place, _, files in os.walk(folder) if os.path.basename(place) != "__pycache__")


def users_of(folder: Path) -> list[int]:
    """Return the processes of this machine that run in an environment, as far as one may see."""
    mark, wanted = b"VIRTUAL_ENV=", os.path.realpath(folder)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            variables = (process / "environ").read_bytes().split(b"\0")
            named = (os.fsdecode(one.removeprefix(mark)) for one in variables if one.startswith(mark))
            if any(os.path.realpath(one) == wanted for one in named if one):
                found.append(int(process.name))
    return sorted(found)


def remove_whole(path: Path) -> None:
    """Remove a folder or a file.

    Raises
    ------
    InvalidInput
        If some of it cannot be removed.
    """
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    except OSError as error:
        closed = Path(error.filename or path).parent
        denied = error.errno in (errno.EACCES, errno.EPERM) and closed.is_dir()
        why = why_not_writable(closed) if denied else error.strerror
        raise InvalidInput(f"{path} cannot be removed: {why}") from None
