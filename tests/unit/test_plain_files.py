"""Files that are opened, and what is refused, as opening it might never end."""

import os
import socket
from pathlib import Path

import pytest

from analysis_jobs.plain_files import NoPlainFile, open_plain, refuse_special


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def device(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


@pytest.mark.parametrize(("make", "kind"), [(pipe, "a pipe"), (listening, "a socket"), (device, "a device")])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make, kind: str) -> None:
    path = make(tmp_path / "it")
    with pytest.raises(NoPlainFile) as refused:
        open_plain(path)
    assert (refused.value.strerror, refused.value.filename) == (f"it is {kind}, not a file", str(path))
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(NoPlainFile):
        refuse_special(tmp_path / "link")


def test_files_and_links_to_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        with open_plain(tmp_path / name) as file:
            assert file.read() == b"1"


def test_errors_of_the_system_stay(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        open_plain(tmp_path)
    refuse_special(tmp_path)
