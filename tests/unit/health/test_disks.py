"""Which file system a path is on, as Linux lists what is mounted."""

from pathlib import Path

import pytest

from analysis_jobs.health.disks import existing, file_system_of, is_network

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / {0} rw - tmpfs tmpfs rw
31 30 0:27 / {0}/lab\040data rw shared:4 master:2 - nfs4 server:/x rw
32 30 0:28 / {0}/lab\040data rw - lustre mds:/y rw
a line that is none
"""


@pytest.mark.parametrize(
    ("inside", "kind"),
    [("lab data/x/y", "lustre"), ("lab data", "lustre"), ("lab datas", "tmpfs"), ("", "tmpfs"), ("..", "ext4")],
)
def test_the_innermost_mount_counts(inside: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "lab data").mkdir()
    assert file_system_of(tmp_path / inside, MOUNTS.format(tmp_path)) == kind


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "lab data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "lab data")
    assert file_system_of(tmp_path / "link" / "new", MOUNTS.format(tmp_path)) == "lustre"


def test_this_machine_tells(tmp_path: Path) -> None:
    assert file_system_of(Path("/proc")) == "proc"
    assert file_system_of(tmp_path)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "lustre", "fuse.sshfs", "gpfs", "9p"])
def test_of_several_machines(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "tmpfs", "overlay", "btrfs", "zfs", "fuseblk", ""])
def test_of_one(kind: str) -> None:
    assert not is_network(kind)


def test_what_is_there_of_a_path(tmp_path: Path) -> None:
    assert existing(tmp_path / "a" / "b") == tmp_path
    assert existing(tmp_path) == tmp_path
