"""Where an analysis comes from, as a real git says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis_jobs.code import provenance, without_credentials

from .samples import write_files

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on PATH")


class Checkout:
    """A git repository with one commit, and a bare one to push to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "check out"
        self.remote = folder / "remote.git"
        self.remote.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", ".", at=self.remote)
        write_files(self.folder, {"lab/analysis.py": "import b", "lab/b.py": "", "README": ""})
        self.git("init", "--quiet", "--initial-branch=main", ".")
        self.git("add", ".")
        self.commit = self.committed("first")

    @property
    def files(self) -> list[Path]:
        return [self.folder / "lab" / "analysis.py", self.folder / "lab" / "b.py"]

    def git(self, *arguments: str, at: Path | None = None) -> str:
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        someone = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com"]
        command = ["git", "-C", str(at or self.folder), *someone, *arguments]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def committed(self, message: str) -> str:
        self.git("commit", "--quiet", "--all", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self) -> None:
        self.git("push", "--quiet", "origin", "HEAD:main")

    def provenance(self) -> dict[str, str | bool | None]:
        return provenance(self.files[0], self.files)


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
