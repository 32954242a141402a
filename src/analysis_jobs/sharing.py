"""Folders that several users share: what is made in them may be written by those who may write the folder."""

import errno
import grp
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder, and those that it lies in, each shared as the one around it; one that is there is left alone."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        with suppress(FileExistsError):  # another process made it meanwhile
            folder.mkdir()
            share(folder)


def share(path: Path) -> None:
    """Let those write a new file or folder who may write the folder that it lies in, whatever the umask is.

    Nobody does in a folder of everybody (as `/tmp`). Where it cannot be done, as on file systems without modes or where
    the path is gone again, nothing happens.
    """
    with suppress(OSError):
        around, own = path.parent.stat(), path.stat()
        bits = _shared_bits(around.st_mode, folder=stat.S_ISDIR(own.st_mode))
        if bits & stat.S_IWGRP and own.st_gid != around.st_gid:
            with suppress(OSError):  # this user is not in that group
                os.chown(path, -1, around.st_gid)
        if bits & ~own.st_mode:
            path.chmod(stat.S_IMODE(own.st_mode) | bits)


def _shared_bits(around: int, *, folder: bool) -> int:
    if around & stat.S_ISVTX and around & stat.S_IWOTH:
        return 0  # of everybody, as /tmp: what is in it is nobody else's
    every, bits = 0o7 if folder else 0o6, 0
    for shift in (3, 0):  # the group, and all others
        if around >> shift & 0o3 == 0o3:
            bits |= every << shift
    return bits


def may_write(path: Path) -> bool:
    """Return whether this user may write a file, or make files in a folder."""
    wanted = os.W_OK | os.X_OK if path.is_dir() else os.W_OK
    return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def closed_folder(path: Path) -> Path | None:
    """Return the first folder on the way to a path, or the path itself, that this user may not enter; else None."""
    real = Path(os.path.realpath(path))
    for folder in (*reversed(real.parents), real):
        if not folder.is_dir():
            return None
        if not may_enter(folder):
            return folder
    return None


def why_not_writable(path: Path) -> str:
    """Return whose a file or folder is that this user may not write, and what changes that, in words."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} is on a file system that is mounted read-only"
    here = path.stat().st_gid in {os.getegid(), *os.getgroups()}
    line = f"chmod g+w {path}"
    if not here:
        line = f"chgrp GROUP {path} && {line}"
    owner, group, mode = _whose(path)
    return f"{path} belongs to {owner} (group {group}, mode {mode}): ask for `{line}`"


def why_not_readable(error: OSError) -> str:
    """Return in words why a file or folder cannot be read: whose it is, where that is the reason."""
    why = error.strerror or str(error)
    if error.errno not in (errno.EACCES, errno.EPERM) or not isinstance(error.filename, str):
        return why
    path = Path(error.filename)
    with suppress(OSError):
        path = closed_folder(path.parent) or path
        owner, group, mode = _whose(path)
        why += f": {path} belongs to {owner} (group {group}, mode {mode}); its owner can run `chmod -R a+rX {path}`"
    return why


def may_enter(folder: Path) -> bool:
    """Return whether this user may get to what is in a folder."""
    return os.access(folder, os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _whose(path: Path) -> tuple[str, str, str]:
    """Return the owner, the group and the mode of a path."""
    about = path.stat()
    return _user(about.st_uid), _group(about.st_gid), f"{stat.S_IMODE(about.st_mode):04o}"


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in containers
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
