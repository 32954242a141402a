"""Folders that several users share: what is made in them may be written by those who may write the folder."""

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


def why_not_writable(path: Path) -> str:
    """Return whose a file or folder is that this user may not write, and what changes that, in words."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} is on a file system that is mounted read-only"
    about = path.stat()
    owner, group, mode = _user(about.st_uid), _group(about.st_gid), stat.S_IMODE(about.st_mode)
    here = about.st_gid in {os.getegid(), *os.getgroups()}
    line = f"chmod g+w {path}"
    if not here:
        line = f"chgrp GROUP {path} && {line}"
    return f"{path} belongs to {owner} (group {group}, mode {mode:04o}): ask for `{line}`"


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
