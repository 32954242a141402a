"""Files of a folder replaced by others, all or none: whoever reads the folder meanwhile can tell.

New files are first written beside the old ones, where nobody looks for job files. Only while they take the places of
these, which is short, old and new ones are mixed: as long as `HALF_DISPATCHED` lies in the folder, no launch takes it.
"""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis_jobs.jobs.job_files import HALF_DISPATCHED
from analysis_jobs.sharing import may_write, why_not_writable

_ARRIVING = ".dispatch-arriving"  # hidden, and so no launch looks into it


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make a folder, and wait until no other process of this machine replaces files in it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_files(folder: Path, old: Collection[str], new: Iterable[tuple[str, str]]) -> None:
    """Write files, and remove old ones once all new ones are written.

    Parameters
    ----------
    folder
        An existing folder; see `alone_in`.
    old
        Names of files in it that are ours, and go; those of new ones among them do not matter.
    new
        Names and texts. Making one may raise: then the folder is as it was.

    Raises
    ------
    OSError
        If they cannot be written.
    """
    arriving, gone = folder / _ARRIVING, set(old)
    _remove(arriving)  # of a process that was ended
    arriving.mkdir()
    try:
        written: dict[str, Path] = {}
        for name, text in new:
            gone.discard(name)
            if not _has(folder / name, text):
                written[name] = arriving / str(len(written))
                written[name].write_text(text, encoding="utf-8")
        _make_places(folder, written)
        (folder / HALF_DISPATCHED).touch()
        for name, path in written.items():
            path.replace(folder / name)
        _remove_old(folder, gone)
        (folder / HALF_DISPATCHED).unlink()
    finally:
        _remove(arriving)


def _has(path: Path, text: str) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == text.encode()


def _make_places(folder: Path, names: Collection[str]) -> None:
    """Make the folders of files, and see that these can be moved there."""
    for place in {folder / Path(name).parent for name in names}:
        place.mkdir(exist_ok=True)
        if not may_write(place):
            raise PermissionError(None, why_not_writable(place))
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(None, f"{folder / name} is a folder")


def _remove_old(folder: Path, names: Collection[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    for parent in {folder / Path(name).parent for name in names}:
        if not any(parent.iterdir()):
            parent.rmdir()


def _remove(arriving: Path) -> None:
    if arriving.is_symlink():
        arriving.unlink()
    elif arriving.exists():
        shutil.rmtree(arriving)
