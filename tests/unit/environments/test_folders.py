"""Folders of environments: counted, seen in use, removed."""

from pathlib import Path

import pytest
from support.environments import running_in

from analysis_jobs.environments.folders import files_in, remove_whole, users_of
from analysis_jobs.errors import InvalidInput


def test_files_are_counted_but_for_bytecode(tmp_path: Path) -> None:
    for name in ("a.py", "b/c.py", "b/__pycache__/c.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    assert files_in(tmp_path) == 2
    assert files_in(tmp_path / "nothing") == 0


@pytest.mark.parametrize("spelt", ["folder", "link", "folder/../folder", "link/"])
def test_who_runs_in_it_is_seen(tmp_path: Path, spelt: str) -> None:
    """However the folder is spelt, there and here."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    with running_in(f"{tmp_path}/{spelt}") as process:
        assert users_of(folder) == [process]
        assert users_of(tmp_path / "link") == [process]
    assert users_of(folder) == []


def test_files_and_folders_are_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    remove_whole(tmp_path / "folder" / "file")
    remove_whole(tmp_path / "folder")
    remove_whole(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr("shutil.rmtree", fail)
    with pytest.raises(InvalidInput, match="cannot be removed: Input/output error"):
        remove_whole(tmp_path)
