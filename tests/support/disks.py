"""Disks of other systems, where they can be mounted."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


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
