"""How many bytes a job read and wrote, as far as the system and this package can tell."""

from pathlib import Path
from threading import Lock

# The kernel's words, and ours.
_COUNTS = {
    "rchar": "bytes_read",
    "wchar": "bytes_written",
    "read_bytes": "storage_bytes_read",
    "write_bytes": "storage_bytes_written",
}
_fetched = 0
_lock = Lock()


def count_fetched(size: int) -> None:
    """Add bytes that came over the network."""
    global _fetched
    with _lock:
        _fetched += size


def traffic() -> dict[str, int | None]:
    """Return what this process, and its children that have ended, have read and written so far.

    Returns
    -------
    dict
        `bytes_read` and `bytes_written`, by any read or write call: files, also out of the system's memory, pipes
        and terminals, and not what is mapped into memory or received from a socket. `storage_bytes_read` and
        `storage_bytes_written`, what of it went to a disk or a file server. None where the system does not count.
        `fetched_bytes`: what `analysis_jobs.open_nwb` fetched of remote HDF5 files, None for nothing that way.
    """
    try:
        lines = [line.partition(":") for line in Path("/proc/self/io").read_text().splitlines()]
        found = {name: int(value) for name, _, value in lines}
    except (OSError, ValueError):  # not Linux, or a sandbox without it
        found = {}
    return {**{ours: found.get(theirs) for theirs, ours in _COUNTS.items()}, "fetched_bytes": _fetched or None}


def traffic_since(before: dict[str, int | None]) -> dict[str, int | None]:
    """Return what was read and written since an earlier `traffic`; see there."""
    return {name: _difference(value, before[name]) for name, value in traffic().items()}


def _difference(value: int | None, before: int | None) -> int | None:
    return None if value is None else value - (before or 0)
