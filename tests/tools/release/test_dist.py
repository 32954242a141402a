"""What is published: real builds, of a checkout apart, the same each time."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from release.dist import INSTALLED, environment_of, make_dist
from release.refusal import Refused
from release.repository import Repository
from support.samples import PROJECT

from .conftest import with_tools

NAMES = [
    "SHA256SUMS-0.1.0",
    "aind-analysis-jobs-0.1.0-images.cdx.json",
    "aind-analysis-jobs-0.1.0.cdx.json",
    "aind_analysis_jobs-0.1.0-py3-none-any.whl",
    "aind_analysis_jobs-0.1.0.tar.gz",
]


def test_all_is_made_and_the_same_again(small: Repository, tmp_path: Path) -> None:
    """With digests as sha256sum reads them."""
    said: list[str] = []
    counts = [(NAMES[2], 2), (NAMES[1], 1)]
    first = make_dist(small, tmp_path / "first", said.append)
    assert [path.name for path in first] == NAMES
    with small.apart() as apart:
        again = make_dist(apart, tmp_path / "again", said.append)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    listed, *files = first
    lines = dict(reversed(line.split("  ")) for line in listed.read_text().splitlines())
    assert lines == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert said[:2] == [f"{name}: the licences of 0 packages and jars; of {n} it is not known" for name, n in counts]


def test_only_what_is_committed_gets_in(small: Repository, tmp_path: Path) -> None:
    (small.folder / "small" / "secret.py").write_text("")
    with small.apart() as apart:
        make_dist(apart, tmp_path / "dist", print)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "small/__init__.py" in names
    assert "small/secret.py" not in names


def test_a_failed_build_leaves_nothing(small: Repository, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = small.folder / "pyproject.toml"
    path.write_text(path.read_text().replace('packages = ["small"]', 'force-include = { "gone" = "gone" }'))
    with pytest.raises(Refused, match="wheel and source distribution cannot be built: see above"):
        make_dist(small, tmp_path / "dist", print)
    assert not (tmp_path / "dist").exists()
    assert "gone" in capfd.readouterr().err


def test_a_build_knows_the_time_of_the_commit(small: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    environment = environment_of(small)
    assert environment["SOURCE_DATE_EPOCH"] == small.git("log", "-1", "--format=%ct")
    assert "PYTHONPATH" not in environment


def test_what_is_listed_is_there() -> None:
    assert all((PROJECT / name).is_file() for names in INSTALLED.values() for name in names)


def test_make_dist_refuses_in_a_sentence(small: Repository) -> None:
    """As `make dist` calls it, in a checkout that has no lock."""
    with_tools(small)
    lock = small.folder / "requirements.lock"
    lock.write_text("numpy\n")
    small.git("add", ".")
    small.git("commit", "--quiet", "--message", "No pins")
    ended = subprocess.run(
        [sys.executable, "-m", "release.dist"], cwd=small.folder / "tools", capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert ended.stderr == "error: requirements.lock pins no version of numpy: write it again with `make lock`\n"
    assert not (small.folder / "dist").exists()
