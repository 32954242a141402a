"""Inputs on a disk: there or not, what they are, and what is in them."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from support.samples import write_files

from analysis_jobs.recordings.inputs_on_disk import InputsOnDisk
from analysis_jobs.recordings.looked import Looked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "data", {"a.nwb": "12345", "z.zarr/.zgroup": "{}", "z.zarr/a/0.0": "chunk"})


def look(path: Path, *, identify: bool = True) -> Looked:
    return InputsOnDisk().look(str(path), identify=identify)


def content(path: Path) -> str:
    def each(call: object, names: Iterable[str]) -> Iterator[str]:
        return map(call, names)  # type: ignore[call-overload]

    return InputsOnDisk().content(str(path), each)  # type: ignore[arg-type]


def test_a_file(folder: Path) -> None:
    os.utime(folder / "a.nwb", ns=(0, 1_767_323_045_000_000_006))
    looked = look(folder / "a.nwb")
    assert looked.state == "there"
    assert looked.identity == {
        "location": str(folder / "a.nwb"),
        "size": 5,
        "modified": "2026-01-02T03:04:05.000000006Z",
    }
    assert InputsOnDisk().look(str(folder / "a.nwb"), identify=False) == Looked("there")


@pytest.mark.parametrize("name", ["none.nwb", "a.nwb/below", "z.zarr/none"])
def test_what_is_not_there_is_missing(folder: Path, name: str) -> None:
    assert look(folder / name) == Looked("missing", "nothing is there")


def test_a_folder_is_known_again_by_its_listing(folder: Path) -> None:
    before = look(folder / "z.zarr").identity
    assert before and (before["files"], before["size"]) == (2, 7)
    assert look(folder / "z.zarr").identity == before
    os.utime(folder / "z.zarr" / "a" / "0.0", ns=(0, 1))
    after = look(folder / "z.zarr").identity
    assert after and after["listing"] != before["listing"]


def test_links_are_followed_and_lead_nowhere_or_round(folder: Path) -> None:
    (folder / "z.zarr" / "nowhere").symlink_to("none")
    (folder / "z.zarr" / "round").symlink_to(".")
    (folder / "outside").mkdir()
    (folder / "outside" / "b").write_text("1")
    (folder / "z.zarr" / "more").symlink_to(folder / "outside")
    identity = look(folder / "z.zarr").identity
    assert identity and identity["files"] == 4


@pytest.mark.skipif(os.getuid() == 0, reason="root may enter all folders")
def test_a_folder_that_may_not_be_entered(folder: Path) -> None:
    folder.chmod(0)
    assert look(folder / "a.nwb").state == "no rights"
    folder.chmod(0o700)


def test_the_content_is_the_same_elsewhere(folder: Path, tmp_path: Path) -> None:
    assert content(folder / "a.nwb") == f"sha256:{hashlib.sha256(b'12345').hexdigest()}"
    write_files(tmp_path / "copy", {"0/.zgroup": "{}", "0/a/0.0": "chunk", "1/.zgroup": "{}", "1/a/0.0": "other"})
    assert content(tmp_path / "copy" / "0") == content(folder / "z.zarr") != content(tmp_path / "copy" / "1")
    with pytest.raises(FileNotFoundError):
        content(folder / "none")


def test_a_pipe_has_no_content_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "z.zarr" / "pipe")
    with pytest.raises(OSError, match=r"it is a pipe, not a file"):
        content(folder / "z.zarr" / "pipe")
    with pytest.raises(OSError, match=r"^of pipe: it is a pipe, not a file$"):
        content(folder / "z.zarr")


def test_a_pipe_is_no_input(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for identify in (False, True):
        assert look(folder / "pipe", identify=identify) == Looked("no file", "it is a pipe, not a file")


def test_the_file_of_a_folder_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "z.zarr" / "a" / "0.1").symlink_to("none")
    with pytest.raises(OSError, match=r"^of a/0\.1: No such file or directory$"):
        content(folder / "z.zarr")


def test_what_changes_while_it_is_read_has_no_content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.file_digest

    def slowly(file: BinaryIO, name: str) -> object:
        with (folder / "a.nwb").open("a") as writer:
            writer.write("6")
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", slowly)
    with pytest.raises(OSError, match=r"^it changed while it was read$"):
        content(folder / "a.nwb")
