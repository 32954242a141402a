"""A small project to make releases of, and programs that stand for others."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.samples import PROJECT, write_files

sys.path.insert(0, str(PROJECT / "tools"))

if TYPE_CHECKING:
    from release.repository import Repository

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "aind-analysis-jobs"
version = "0.1.0"
description = "A small project"
license = "MIT"
requires-python = ">=3.11"

[project.urls]
Source = "https://example.com/source"

[tool.hatch.build.targets.wheel]
packages = ["small"]
"""
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A word.\n\n## [0.0.9] - 2026-01-01\n\n- An old word.\n"
LOCK = "# Written by `make lock`\nnumpy==2.0 ; python_version >= '3.12' \\\n    --hash=sha256:" + "a" * 64 + "\n"
JARS = f"# Nextflow\n{'b' * 64} io/nextflow/nextflow/24.10.0/nextflow-24.10.0.jar\n"
FILES = {
    "pyproject.toml": PYPROJECT,
    "CHANGELOG.md": CHANGELOG,
    "README.md": "| `--base_image` | `aind-analysis-jobs:0.1.0` |\n",
    "small/__init__.py": '__version__ = "0.1.0"\n',
    "requirements.lock": LOCK,
    "containers/requirements.lock": LOCK,
    "tools/jars/nextflow-24.10.0.txt": JARS,
    "tools/build-images": (PROJECT / "tools" / "build-images").read_text(),
    ".gitignore": "/dist/\n",
}
SOMEONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
SOMEONE |= {f"GIT_{who}_{what}": "s@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
NO_CACHES = shutil.ignore_patterns("__pycache__")
Fake = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def someone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever commits, with nobody's settings."""
    for name, value in SOMEONE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Put a shell script on PATH, before all else; what it is called with goes into the file that is returned."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, script: str = "") -> Path:
        log = folder / f"{name}.log"
        log.touch()
        (folder / name).write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{log}'\n{script}\n")
        (folder / name).chmod(0o755)
        return log

    return put


@pytest.fixture
def small(tmp_path: Path) -> "Repository":
    """A small project in a repository of its own, with one commit."""
    return commit_all(write_files(tmp_path / "small project", FILES))


@pytest.fixture
def whole(tmp_path: Path) -> "Repository":
    """This project, as it lies here, in a repository of its own with one commit."""
    names = ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(names, capture_output=True, check=True).stdout.decode().split("\0")
    for name in {name for name in files if name and (PROJECT / name).exists()}:
        (tmp_path / "whole" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, tmp_path / "whole" / name, follow_symlinks=False)
    return commit_all(tmp_path / "whole")


def with_tools(project: "Repository") -> "Repository":
    """Put the modules that make releases into a project, which then makes its own."""
    shutil.copytree(PROJECT / "tools" / "release", project.folder / "tools" / "release", ignore=NO_CACHES)
    return project


def commit_all(folder: Path) -> "Repository":
    from release.repository import Repository

    (folder / "tools" / "build-images").chmod(0o755)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    repository = Repository(folder)
    repository.git("add", ".")
    repository.git("commit", "--quiet", "--message", "First")
    return repository
