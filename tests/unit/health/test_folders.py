"""Folders that a launch writes to: closed, full, of others, or fine; and nothing is left in them."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.users import ALICE, STRANGER, as_user, commons, folder_of, needs_users  # noqa: F401

from analysis_jobs.health import folders
from analysis_jobs.health.diagnosis import Said
from analysis_jobs.health.folders import look_at_folder

PLENTY = {"f_bavail": 10**9, "f_frsize": 4096, "f_files": 10**8, "f_favail": 10**7, "f_flag": 0}


def said(path: Path, *, read_only: bool = False) -> list[Said]:
    return list(look_at_folder("--outdir", path, read_only=read_only))


@pytest.fixture(autouse=True)
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(**PLENTY))


@pytest.mark.parametrize("inside", ["", "new", "new/deep"])
def test_a_folder_that_is_fine_and_stays_as_it_was(inside: str, tmp_path: Path) -> None:
    (one,) = said(tmp_path / inside)
    assert one.level == "ok"
    assert one.message.startswith(f"--outdir {tmp_path / inside}: 4096.0 GB of ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("room", "level", "message"),
    [
        ({"f_bavail": 1000}, "wrong", "has 4.1 MB free, and a launch needs more"),
        ({"f_bavail": 100_000}, "warning", "has 409.6 MB free, which results may fill"),
        ({"f_favail": 3}, "wrong", "has room for 3 more files, whatever their size"),
        ({"f_favail": 5000}, "warning", "has room for 5,000 more files, whatever their size"),
    ],
)
def test_little_room(
    room: dict[str, int], level: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(**{**PLENTY, **room}))
    (one,) = said(tmp_path)
    assert one.level == level
    assert message in one.message


def test_a_file_system_that_does_not_count_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(**{**PLENTY, "f_files": 0, "f_favail": 0}))
    assert [one.level for one in said(tmp_path)] == ["ok"]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert said(tmp_path / "file" / "out")[0].message == (
        f"--outdir {tmp_path}/file/out cannot be a folder, as {tmp_path}/file is a file; give another folder"
    )


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.EDQUOT, "the quota of the user who launched is used up there: free some space"),
        (errno.ENOSPC, "its disk is full: free some space"),
        (errno.EIO, "Input/output error: give another folder"),
    ],
)
def test_what_only_a_write_tells(number: int, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refused)
    assert said(tmp_path)[0] == Said("wrong", f"--outdir {tmp_path} took no file of 1.0 MB: {why}")
    assert [one.level for one in said(tmp_path, read_only=True)] == ["ok"]


def test_a_disk_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(folders.fcntl, "flock", refused)
    first, _ = said(tmp_path)
    assert (first.level, "has no locks (No locks available)" in first.message) == ("warning", True)


@pytest.mark.parametrize("later", [-3600, 3600])
def test_a_disk_with_another_time(later: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = folders.time.time()
    monkeypatch.setattr(folders.time, "time", lambda: now + later)
    first, _ = said(tmp_path)
    assert first.level == "warning"
    assert "has another time than this machine, by 36" in first.message or "by 3599 s" in first.message


@needs_users
def test_rights(commons: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    of_alice = folder_of(commons / "alice", ALICE, 0o755)
    closed = folder_of(commons / "closed", ALICE, 0o700)

    def look() -> None:
        (one,) = said(of_alice / "out")
        assert one.level == "wrong"
        assert f"cannot be written: {of_alice} belongs to" in one.message
        (one,) = said(closed / "out")
        assert f"cannot be entered: {closed} belongs to" in one.message

    assert as_user(STRANGER, look) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes with little left."""
    there = tmp_path / "small"
    there.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=20", "tmpfs", there], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    (there / "large").write_bytes(b"x" * 1_900_000)
    yield there
    subprocess.run(["umount", there], check=True)


def test_a_real_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    bytes_left, files_left, refused = said(small_disk)
    assert "free, and a launch needs more; free some space" in bytes_left.message
    assert "more files, whatever their size" in files_left.message
    assert refused.message == f"--outdir {small_disk} took no file of 1.0 MB: its disk is full: free some space"
    assert [path.name for path in small_disk.iterdir()] == ["large"]
