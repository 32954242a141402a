"""Which file system a path is on."""

import os
import re
from pathlib import Path

# Of several machines, where locks and memory that programs share do not hold
NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|lustre|gpfs|beegfs|ceph|glusterfs|afs|panfs|orangefs|pvfs2|ocfs2|gfs2|9p|wekafs|quobyte"
    r"|fuse\.(sshfs|s3fs|goofys|mount-s3|rclone|gcsfuse|ceph\S*|glusterfs|juicefs|weka\S*)"
)
_OCTAL = re.compile(r"\\(\d{3})")


def existing(path: Path) -> Path:
    """Return a path, or what of the folders that it lies in is there."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """Return the kind of file system that a path is on, or will be, such as `ext4`; empty where nobody tells.

    Parameters
    ----------
    path
        The path, which need not be there.
    mounts
        What the system mounts, as Linux has it in ``mountinfo``; None to ask it.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
        except OSError:  # no Linux
            return ""
    real = os.path.realpath(existing(path))
    best, kind = "", ""
    for line in mounts.splitlines():
        about, _, rest = line.partition(" - ")
        fields = about.split(" ")
        if len(fields) < 5 or not rest:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4])
        # The last of those on one point hides the others
        if len(point) >= len(best) and (real == point or real.startswith(point.rstrip("/") + "/")):
            best, kind = point, rest.split(" ")[0]
    return kind


def is_network(kind: str) -> bool:
    """Return whether a kind of file system is one that several machines share."""
    return NETWORK.fullmatch(kind) is not None
