"""Where an analysis comes from, as a real git says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.checkouts import Checkout
from support.samples import write_files

from analysis_jobs.analysis.git import provenance, without_credentials

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on PATH")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_clean(checkout: Checkout) -> None:
    assert checkout.provenance() == {
        "url": "",
        "commit": checkout.commit,
        "dirty": False,
        "pushed": False,
        "run_script": "lab/analysis.py",
    }


def test_pushed(checkout: Checkout) -> None:
    checkout.git("remote", "add", "origin", str(checkout.remote))
    assert not checkout.provenance()["pushed"]
    checkout.push()
    assert checkout.provenance()["pushed"]
    write_files(checkout.folder, {"README": "more"})
    checkout.committed("second")
    assert not checkout.provenance()["pushed"]


@pytest.mark.parametrize(
    ("change", "dirty"),
    [({"lab/b.py": "1"}, True), ({"lab/analysis.py": "1"}, True), ({"README": "1"}, False), ({"lab/c.py": ""}, False)],
)
def test_dirty_if_one_of_its_files_differs(checkout: Checkout, change: dict[str, str], dirty: bool) -> None:
    write_files(checkout.folder, change)
    assert checkout.provenance()["dirty"] is dirty
    checkout.git("add", ".")
    assert checkout.provenance()["dirty"] is dirty


def test_files_that_are_in_no_commit_are_dirty(checkout: Checkout, tmp_path: Path) -> None:
    new, ignored, outside = checkout.folder / "new.py", checkout.folder / "generated.py", tmp_path / "outside.py"
    write_files(checkout.folder, {"new.py": "", "generated.py": "", ".gitignore": "generated.py"})
    outside.write_text("")
    for file in (new, ignored, outside):
        assert provenance(checkout.files[0], [*checkout.files, file])["dirty"], file
    assert provenance(new, [new])["commit"] == checkout.commit


def test_what_git_ignores_does_not_come_from_the_checkout(checkout: Checkout) -> None:
    installed = write_files(checkout.folder, {".gitignore": ".venv", ".venv/site/units.py": ""}) / ".venv/site/units.py"
    assert provenance(installed, [installed]) == {}


def test_no_commit_yet(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    write_files(tmp_path, {"a.py": ""})
    assert provenance(tmp_path / "a.py", [tmp_path / "a.py"]) == {}


def test_outside_of_any_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    write_files(tmp_path, {"a.py": ""})
    assert provenance(tmp_path / "a.py", [tmp_path / "a.py"]) == {}


def test_without_git(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert checkout.provenance() == {}


def test_no_secret_of_the_remote_is_kept(checkout: Checkout) -> None:
    checkout.git("remote", "add", "origin", "https://me:ghp_secret@example.com/lab/code.git")
    assert checkout.provenance()["url"] == "https://example.com/lab/code.git"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.com/lab/code.git", "https://example.com/lab/code.git"),
        ("https://token@example.com/lab/code", "https://example.com/lab/code"),
        ("https://me:p@ss@example.com:8443/lab", "https://example.com:8443/lab"),
        ("ssh://git@example.com/lab/a@b", "ssh://example.com/lab/a@b"),
        ("git@example.com:lab/code.git", "git@example.com:lab/code.git"),
        ("/local/folder", "/local/folder"),
        ("", ""),
    ],
)
def test_without_credentials(url: str, kept: str) -> None:
    assert without_credentials(url) == kept


def test_git_is_only_read(checkout: Checkout) -> None:
    os.utime(checkout.files[1])  # which `git status` would note in the index
    before = (checkout.folder / ".git" / "index").read_bytes()
    assert checkout.provenance()["dirty"] is False
    assert (checkout.folder / ".git" / "index").read_bytes() == before
