"""Files on their way into a folder; what dies on it, and who else is on it, is in test_local."""

import errno
import hashlib
import os
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.bucket.local_copying import UNFINISHED, copy_all, leaving_room, remove_empty
from analysis_jobs.bucket.manifests import manifest_line
from analysis_jobs.bucket.protocol import ChangedFile, RefusedName, ResultFile

FILES = {"a.txt": "one", "sub/b.txt": "two", "empty": ""}


@pytest.fixture
def files(tmp_path: Path) -> list[ResultFile]:
    write_files(tmp_path / "results", FILES)
    return [ResultFile(name, tmp_path / "results" / name) for name in FILES]


def arrived(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_each_has_its_line(tmp_path: Path, files: list[ResultFile]) -> None:
    lines = copy_all(files, tmp_path / "arriving", tmp_path)
    assert arrived(tmp_path / "arriving") == FILES
    digests = {name: hashlib.sha256(content.encode()).hexdigest() for name, content in FILES.items()}
    assert {line["path"]: (line["size"], line["sha256"]) for line in lines} == {
        name: (len(content), digests[name]) for name, content in FILES.items()
    }


def test_of_an_earlier_attempt_stays_what_is_the_same(tmp_path: Path, files: list[ResultFile]) -> None:
    arriving = tmp_path / "arriving"
    lines = copy_all(files, arriving, tmp_path)
    before = (arriving / "a.txt").stat().st_ino
    (arriving / "sub" / "b.txt").write_text("2wo")  # of the same size
    write_files(arriving, {"other/c.txt": "of another attempt"})
    (tmp_path / f"arriving{UNFINISHED}").write_text("half a fi")
    assert copy_all(files, arriving, tmp_path) == lines
    assert arrived(arriving) == FILES and not (arriving / "other").exists()
    assert (arriving / "a.txt").stat().st_ino == before
    assert not (tmp_path / f"arriving{UNFINISHED}").exists()


def test_a_file_that_changed_since_its_job_wrote_it(tmp_path: Path, files: list[ResultFile]) -> None:
    changed = ResultFile("a.txt", files[0].path, line=manifest_line(files[0]))
    files[0].path.write_text("ONE")
    with pytest.raises(ChangedFile, match=r"a\.txt"):
        copy_all([changed], tmp_path / "arriving", tmp_path)
    assert not arrived(tmp_path / "arriving")


def test_names_that_are_too_long_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an encrypted file system, which is not at hand: the border is faked."""
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if len(target.name) > 143:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    name = "n" * 200
    write_files(tmp_path, {name: ""})
    with pytest.raises(RefusedName, match="File name too long"):
        copy_all([ResultFile(name, tmp_path / name)], tmp_path / "arriving", tmp_path)
    assert not (tmp_path / "arriving").exists()


def test_nothing_stays_on_a_full_disk(tmp_path: Path, files: list[ResultFile]) -> None:
    arriving = tmp_path / "arriving"
    with pytest.raises(OSError, match="No space"), leaving_room(arriving):
        copy_all(files, arriving, tmp_path)
        (tmp_path / f"arriving{UNFINISHED}").write_text("half a fi")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert {path.name for path in tmp_path.iterdir()} == {"results"}


def test_what_has_arrived_stays_for_the_next_attempt(tmp_path: Path, files: list[ResultFile]) -> None:
    arriving = tmp_path / "arriving"
    with pytest.raises(OSError, match="error"), leaving_room(arriving):
        copy_all(files, arriving, tmp_path)
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert arrived(arriving) == FILES


def test_empty_folders_go(tmp_path: Path) -> None:
    write_files(tmp_path, {"kept/a": ""})
    (tmp_path / "empty" / "within").mkdir(parents=True)
    remove_empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
