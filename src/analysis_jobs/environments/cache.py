"""The folder of environments that were made: each whole or not there, made by one process, and never changed.

``<name>.json`` tells of one, and which folder beside it is the environment. It is written last, so that what a killed
process left looks like nothing. No two makings have a folder of the same name, so that what one left is in the way of
no other: it is removed by the next that makes the same, or as a leftover.
"""

import fcntl
import json
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from analysis_jobs.documents import MadeEnvironment
from analysis_jobs.environments.folders import files_in, remove_whole, users_of
from analysis_jobs.errors import InvalidInput
from analysis_jobs.sharing import make_folder, share

log = logging.getLogger(__name__)

SHORT = 16  # characters of a name that people see
_NAME = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(rf"[0-9a-f]{{{SHORT}}}-[0-9a-f]{{8}}(\.part)?")  # also where what is told of it was being written


def default_cache() -> Path:
    """Return the folder of environments that is used where none is given."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "aind-analysis-jobs" / "environments"


def made_in(cache: Path) -> dict[str, MadeEnvironment]:
    """Return the environments that a cache has, by name, the one that was used last first."""
    names = (path.stem for path in cache.glob("*.json") if _NAME.fullmatch(path.stem))
    found = {name: made for name in names if (made := _whole(cache, name))}
    return dict(sorted(found.items(), key=lambda item: last_used(cache, item[0]), reverse=True))


def last_used(cache: Path, name: str) -> datetime:
    """Return when a launch took an environment last, or when that changed of which a leftover has the name."""
    told = cache / name if _FOLDER.fullmatch(name) else cache / f"{name}.json"
    return datetime.fromtimestamp(told.stat().st_mtime, UTC)


def leftovers(cache: Path) -> list[Path]:
    """Return the folders of a cache that are no environments: of makings that were killed, or of a Python that is gone.

    One that is being made is none.
    """
    whole = {made["folder"] for made in made_in(cache).values()}
    folders = (path for path in sorted(cache.glob("*")) if _FOLDER.fullmatch(path.name) and path.name not in whole)
    return [path for path in folders if not _is_locked(cache, path.name)]


def folder_of(cache: Path, made: MadeEnvironment) -> Path:
    """Return the folder of an environment."""
    return cache / made["folder"]


def taken(cache: Path, name: str) -> MadeEnvironment | None:
    """Return an environment as one that is used now, or None where there is none that has all its files yet."""
    made = _whole(cache, name)
    if made is None or files_in(folder_of(cache, made)) < made.get("files", 0):
        return None
    with suppress(OSError):  # somebody else's
        os.utime(cache / f"{name}.json")
    return made


def found_or_made(cache: Path, name: str, make: Callable[[Path], dict[str, Any]]) -> tuple[MadeEnvironment, bool]:
    """Return an environment of a cache, and whether it was made now: by one process, while others wait.

    Parameters
    ----------
    cache
        The folder, made here if it is not there.
    name
        Of what the environment is to have: equal for equal ones.
    make
        Makes an environment in a folder that is not there, and returns what is to be told of it.

    Raises
    ------
    InvalidInput
        If the cache cannot be written.
    """
    if made := taken(cache, name):
        return made, False
    with _locked(cache, name):
        if made := taken(cache, name):  # by the process that was waited for
            return made, False
        if _told(cache, name):
            log.warning(
                "the environment %s is damaged, because its Python or some of its files are missing: it is made again",
                name[:SHORT],
            )
        folder = cache / f"{name[:SHORT]}-{secrets.token_hex(4)}"
        try:
            made = cast(MadeEnvironment, {"folder": folder.name, **make(folder), "files": files_in(folder)})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for other in cache.glob(f"{name[:SHORT]}-*"):
            if other != folder and not users_of(other):
                with suppress(InvalidInput):  # what a program writes into yet, or somebody else's: it stays a leftover
                    remove_whole(other)
        part = cache / f"{folder.name}.part"
        part.write_text(json.dumps(made, indent=2))
        share(part)
        part.rename(cache / f"{name}.json")
    return made, True


def remove(cache: Path, name: str) -> None:
    """Remove an environment: it counts as not there before the first of its files is gone.

    Raises
    ------
    InvalidInput
        If some of it cannot be removed.
    """
    with _locked(cache, name):
        (cache / f"{name}.json").unlink(missing_ok=True)
        for folder in cache.glob(f"{name[:SHORT]}-*"):
            remove_whole(folder)


def remove_leftover(cache: Path, folder: Path) -> None:
    """Remove one of the leftovers of a cache; errors as of `remove`."""
    with _locked(cache, folder.name):
        remove_whole(folder)


def _whole(cache: Path, name: str) -> MadeEnvironment | None:
    made = _told(cache, name)
    # The Python that it was made of may be gone
    return made if made and (folder_of(cache, made) / "bin" / "python").exists() else None


def _told(cache: Path, name: str) -> MadeEnvironment | None:
    try:
        made: MadeEnvironment = json.loads((cache / f"{name}.json").read_text())
    except (OSError, ValueError):
        return None
    return made


@contextmanager
def _locked(cache: Path, name: str) -> Iterator[None]:
    """Let one process at a time make or remove an environment; the system ends the lock of one that is killed."""
    path = _lock_of(cache, name)
    while True:
        try:
            make_folder(cache)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise InvalidInput(
                f"environments cannot be kept in {cache}: {error.strerror}; give --environment_cache another folder"
            ) from None
        share(path)
        _lock(descriptor, name)
        if _is_at(path, descriptor):
            break
        os.close(descriptor)  # of who removed it meanwhile
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock_of(cache: Path, name: str) -> Path:
    return cache / f"{name[:SHORT]}.lock"


def _is_locked(cache: Path, name: str) -> bool:
    try:
        descriptor = os.open(_lock_of(cache, name), os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("another process is making the environment %s: waiting for it", name[:SHORT])
        fcntl.flock(descriptor, fcntl.LOCK_EX)
