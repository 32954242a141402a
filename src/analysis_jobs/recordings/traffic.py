"""How many bytes a job read and wrote, as far as the system and this package can tell."""

from pathlib import Path
from threading import Lock

from analysis_jobs.documents import Traffic

_fetched = 0
_lock = Lock()


def count_fetched(size: int) -> None:
    """Add bytes that came over the network."""
    global _fetched
    with _lock:
        _fetched += size


def traffic() -> Traffic:
    """Return what this process, and its children that have ended, have read and written so far.

    Returns
    -------
    Traffic
        `bytes_read` and `bytes_written`, by any read or write call: files, also out of the system's memory, pipes
        and terminals, and not what is mapped into memory or received from a socket. `storage_bytes_read` and
        `storage_bytes_written`, what of it went to a disk or a file server. None where the system does not count.
        `fetched_bytes`: what `analysis_jobs.open_nwb` fetched of remote HDF5 files and, by zarr 3, Zarr stores; None
        for nothing that way.
    """
    try:
        lines = [line.partition(":") for line in Path("/proc/self/io").read_text().splitlines()]
        counters = {name: int(value) for name, _, value in lines}
    except (OSError, ValueError):  # not Linux, or a sandbox without it
        counters = {}
    return {
        "bytes_read": counters.get("rchar"),
        "bytes_written": counters.get("wchar"),
        "storage_bytes_read": counters.get("read_bytes"),
        "storage_bytes_written": counters.get("write_bytes"),
        "fetched_bytes": _fetched or None,
    }


def traffic_since(before: Traffic) -> Traffic:
    """Return what was read and written since an earlier `traffic`; see there."""
    now = traffic()
    return {
        "bytes_read": _difference(now["bytes_read"], before["bytes_read"]),
        "bytes_written": _difference(now["bytes_written"], before["bytes_written"]),
        "storage_bytes_read": _difference(now["storage_bytes_read"], before["storage_bytes_read"]),
        "storage_bytes_written": _difference(now["storage_bytes_written"], before["storage_bytes_written"]),
        "fetched_bytes": _difference(now["fetched_bytes"], before["fetched_bytes"]),
    }


def _difference(value: int | None, before: int | None) -> int | None:
    return None if value is None else value - (before or 0)
