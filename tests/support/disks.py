"""Disks of other systems, where they can be mounted."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class SmallDisk:
    """A disk in memory, which anybody may write to until it is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "none", path], check=True, capture_output=True
        )

    def grow(self) -> None:
        """Make room, as somebody does who removes files."""
        subprocess.run(["mount", "-o", "remount,size=64m", self.path], check=True, capture_output=True)


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """A disk of four megabytes, where other users come to: they may not enter pytest's own folders."""
    if os.geteuid() != 0:
        pytest.skip("only the administrator mounts disks")
    path = Path(tempfile.mkdtemp(prefix="small-disk-"))
    try:
        disk = SmallDisk(path)
    except subprocess.CalledProcessError as error:
        path.rmdir()
        pytest.skip(f"no disk can be mounted here: {error.stderr.decode()}")
    yield disk
    subprocess.run(["umount", "-l", path], check=True)
    path.rmdir()


@pytest.fixture
def windows_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on NTFS, which here takes capitals for small letters, and no names that Windows does not take."""
    if not shutil.which("lowntfs-3g") or os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("needs ntfs-3g, and the administrator")
    image, there = tmp_path / "image", tmp_path / "there"
    with image.open("wb") as file:
        file.truncate(20_000_000)
    there.mkdir()
    subprocess.run(["mkntfs", "-q", "-F", "-f", image], check=True, capture_output=True)
    mounted = subprocess.run(["lowntfs-3g", "-o", "ignore_case,windows_names", image, there], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"NTFS cannot be mounted here: {mounted.stderr.decode()}")
    yield there
    subprocess.run(["umount", there], check=True)
