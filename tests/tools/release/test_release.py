"""`make release` of this project, in a clone that is thrown away: a real git, a real build, a program for docker."""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from release.repository import Repository
from release.versions import project_version

from .conftest import Fake, with_tools


def run(checkout: Repository, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=checkout.folder,
        env={**os.environ, "PYTHONPATH": "tools"},
        capture_output=True,
        text=True,
    )


def digests_in(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def clone(whole: Repository, tmp_path: Path) -> Repository:
    path = whole.folder / "CHANGELOG.md"
    path.write_text(path.read_text().replace("## [Unreleased]", "## [Unreleased]\n\n- A word of a test.", 1))
    whole.git("commit", "--quiet", "--all", "--message", "A word")
    whole.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")


def test_a_release_of_this_project(clone: Repository, whole: Repository, fake: Fake, tmp_path: Path) -> None:
    make, docker = fake("make"), fake("docker")
    refs = whole.git("for-each-ref")
    ended = run(clone, "release", "88.0.0", "--docker-build=--network host")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert make.read_text() == "--silent lint\n"

    # The commit and its tag
    assert (clone.branch(), clone.changes(), clone.last_version()) == ("main", [], "88.0.0")
    assert clone.git("log", "-2", "--format=%s").splitlines() == ["Release 88.0.0", "A word"]
    assert project_version(clone.folder) == "88.0.0"
    names = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_names.py", "-k", "versions"],
        cwd=clone.folder,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert names.returncode == 0, names.stdout

    # What is published
    dist = clone.folder / "dist"
    (wheel,), (source,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    about = zipfile.ZipFile(wheel).read("aind_analysis_jobs-88.0.0.dist-info/METADATA").decode()
    assert "\nVersion: 88.0.0\n" in about
    with tarfile.open(source) as archive:
        assert {"src/analysis_jobs/pipeline.py", "main.nf", "CHANGELOG.md"} <= {
            name.partition("/")[2] for name in archive.getnames()
        }
    digests = digests_in(dist)
    assert f"{digests[wheel.name]}  {wheel.name}\n" in (dist / "SHA256SUMS-88.0.0").read_text()
    assert docker.read_text().count(f"org.opencontainers.image.revision={clone.commit()}") == 2

    # Anybody makes the same of the tag
    clone.git("clone", "--quiet", "--branch", "v88.0.0", ".", str(tmp_path / "again"))
    again = run(Repository(tmp_path / "again"), "release.dist")
    assert again.returncode == 0, again.stderr
    assert digests_in(tmp_path / "again" / "dist") == digests

    # What is said: how to publish it, and how to take it back
    assert whole.git("for-each-ref") == refs
    lines = [line.strip() for line in ended.stdout.splitlines()]
    assert "git push --atomic origin main v88.0.0" in lines
    assert "twine upload dist/aind_analysis_jobs-88.0.0*" in lines
    subprocess.run(lines[-1], shell=True, cwd=clone.folder, check=True, stdout=subprocess.DEVNULL)
    assert (clone.commit(), clone.last_version(), clone.changes()) == (whole.commit(), "", [])


def test_a_refusal_is_one_sentence(small: Repository) -> None:
    ended = run(with_tools(small), "release", "0.0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "error: '0.0' is not a version: give three numbers with dots, such as VERSION=0.2.0. There is no release, and "
        "this checkout is as it was.\n"
    )
