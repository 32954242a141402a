"""Ordinary users of this machine, for what several of them share: processes that are theirs."""

import contextlib
import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.samples import in_child

LAB = 4720  # a group
ALICE, BOB, STRANGER = 4721, 4722, 4723  # users, each with a group of the same number
GROUPS = {ALICE: [LAB], BOB: [LAB], STRANGER: []}

needs_users = pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator may become others")


def as_user(user: int, function: Callable[[], object], *, umask: int = 0o022) -> int:
    """Run a function in a process of a user, and return its exit code; see `in_child`."""

    def run() -> None:
        os.setgroups(GROUPS[user])
        os.setgid(user)
        os.setuid(user)
        os.umask(umask)
        function()

    return in_child(run)


@pytest.fixture
def commons() -> Iterator[Path]:
    """A folder that every user can get to, where tests make those that are shared."""
    base = Path(tempfile.mkdtemp(prefix="commons-"))
    base.chmod(0o755)
    yield base
    shutil.rmtree(base)


def folder_of(path: Path, user: int, mode: int, group: int = LAB) -> Path:
    path.mkdir()
    os.chown(path, user, group)
    path.chmod(mode)
    return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def user_name(number: int) -> str:
    """What messages call a user: by name, where this machine has one."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return str(number)


def group_name(number: int) -> str:
    with contextlib.suppress(KeyError):
        return grp.getgrgid(number).gr_name
    return str(number)
