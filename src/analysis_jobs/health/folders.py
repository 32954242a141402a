"""Folders that a launch writes to: whether it may, how much room there is, and what their disk has for the time."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from analysis_jobs.errors import no_room
from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.disks import existing, file_system_of
from analysis_jobs.sharing import closed_folder, may_write, why_not_writable
from analysis_jobs.wording import plural, size_text

# Bytes: less and not even the account of a launch has room; less and results may soon have none
LEAST_ROOM, SOME_ROOM = 50_000_000, 2_000_000_000
LEAST_FILES, SOME_FILES = 500, 20_000  # that can be made; a job has some thirty
PROBE = 1_000_000  # bytes that are written to see whether there is room, which quotas do not tell
MOST_SKEW = 60.0  # seconds


def look_at_folder(name: str, path: Path, *, read_only: bool) -> Iterator[Said]:
    """Say whether a folder, or the one around it that it would be made in, can be written and has room."""
    if closed := closed_folder(path):
        yield broken(f"{name} {path} cannot be entered: {why_not_writable(closed)}; or give another folder")
        return
    there = existing(path)
    if not there.is_dir():
        yield broken(f"{name} {path} cannot be a folder, as {there} is a file; give another folder")
        return
    if not may_write(there):
        yield broken(f"{name} {path} cannot be written: {why_not_writable(there)}; or give another folder")
        return
    scarce = list(scarce_room(name, there))
    yield from scarce
    if not read_only:
        yield from _tried(name, there)
    if not scarce:
        yield fine(f"{name} {path}: {_room(there)} free")


def _room(folder: Path) -> str:
    room = os.statvfs(folder)
    kind = file_system_of(folder)
    return f"{size_text(room.f_bavail * room.f_frsize)}{f' of {kind}' if kind else ''}"


def scarce_room(name: str, folder: Path) -> Iterator[Said]:
    """Say whether the disk of a folder has little room, for bytes or for files."""
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    if free < LEAST_ROOM:
        yield broken(f"{name} {folder} has {size_text(free)} free, and a launch needs more; free some space")
    elif free < SOME_ROOM:
        yield doubtful(f"{name} {folder} has {size_text(free)} free, which results may fill; free some space")
    if room.f_files and room.f_favail < SOME_FILES:  # some file systems do not count them
        say = broken if room.f_favail < LEAST_FILES else doubtful
        yield say(
            f"{name} {folder} has room for {plural(room.f_favail, 'more file')}, whatever their size; remove files "
            "that nobody needs (`df -i` tells)"
        )


def _tried(name: str, folder: Path) -> Iterator[Said]:
    """Write a file that has no name, lock it, and compare its time with the clock of this machine."""
    try:
        with TemporaryFile(dir=folder) as file:
            before = time.time()
            file.write(os.urandom(PROBE))
            file.flush()
            os.fsync(file.fileno())
            yield from _skewed(name, folder, os.fstat(file.fileno()).st_mtime, before, time.time())
            yield from _locked(name, folder, file.fileno())
    except OSError as error:
        why = no_room(error) or f"{error.strerror or error}: give another folder"
        yield broken(f"{name} {folder} took no file of {size_text(PROBE)}: {why}")


def _locked(name: str, folder: Path, descriptor: int) -> Iterator[Said]:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield doubtful(
            f"{name} {folder} has no locks ({error.strerror}), by which launches keep out of each other's way; give "
            "another folder, or let one launch at a time use it"
        )


def _skewed(name: str, folder: Path, changed: float, before: float, after: float) -> Iterator[Said]:
    skew = max(before - changed, changed - after, 0.0)
    if skew > MOST_SKEW:
        yield doubtful(
            f"the disk of {name} {folder} has another time than this machine, by {skew:.0f} s; set the clocks of "
            "both by NTP"
        )
