"""A git repository, as a release asks it."""

from pathlib import Path

import pytest
from release.refusal import Refused
from release.repository import Repository, parsed_version


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3rc1", "", "1.2.x"])
def test_other_texts_are_no_versions(text: str) -> None:
    assert parsed_version(text) is None


def test_versions_are_compared_by_numbers() -> None:
    assert (parsed_version("0.10.0") or ()) > (parsed_version("0.9.9") or ())


def test_the_last_version_is_the_newest_that_has_a_tag(small: Repository) -> None:
    assert small.last_version() == ""
    for tag in ("v0.9.0", "v0.10.0", "v1.0.0rc1", "nightly"):
        small.git("tag", tag)
    assert small.last_version() == "0.10.0"


def test_changes_are_those_of_known_and_unknown_files(small: Repository) -> None:
    assert small.changes() == []
    (small.folder / "README.md").write_text("")
    (small.folder / "new").write_text("")
    assert small.changes() == ["README.md", "new"]


def test_a_checkout_apart_leaves_this_one_alone(small: Repository) -> None:
    (small.folder / "new").write_text("")
    with small.apart() as apart:
        assert apart.commit() == small.commit()
        assert not (apart.folder / "new").exists()
        (apart.folder / "README.md").unlink()
    assert not apart.folder.exists()
    assert len(small.git("worktree", "list").splitlines()) == 1
    assert (small.folder / "README.md").exists()


def test_one_that_was_killed_is_no_trouble(small: Repository, tmp_path: Path) -> None:
    small.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "left"), "HEAD")
    (tmp_path / "left").rename(tmp_path / "gone")
    with small.apart():
        assert len(small.git("worktree", "list").splitlines()) == 2


def test_what_git_says_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"`git rev-parse` failed in .*: fatal: not a git repository"):
        Repository(tmp_path).commit()


def test_no_git(small: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="git is not on PATH"):
        small.commit()


def test_variables_of_hooks_name_another_repository(small: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = small.commit()
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert small.commit() == commit
