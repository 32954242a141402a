"""Environments of their own for tests, made by uv from the package index; tests are skipped where none answers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from support.samples import PROJECT

# Whom this machine trusts
VARIABLES = {**os.environ, "UV_SYSTEM_CERTS": "1"}


def uv(*words: object, cwd: Path | None = None) -> str:
    """Run uv, and skip the test where no package index answers."""
    done = subprocess.run([find_uv_bin(), *map(str, words)], cwd=cwd, env=VARIABLES, capture_output=True, text=True)
    if done.returncode and "error sending request" in done.stderr:
        pytest.skip("no package index answers")
    assert done.returncode == 0, done.stderr
    return done.stdout


def bare(folder: Path, *requirements: str) -> Path:
    """Make an environment with some packages in a folder, and return its Python."""
    uv("venv", "--quiet", "--python", sys.executable, folder)
    uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", *requirements)
    return folder / "bin" / "python"


def run_bare(python: Path, *words: object, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the Python of such an environment with our package as it lies here, and none of what is installed here."""
    variables = {"PATH": f"{python.parent}:/usr/bin:/bin", "PYTHONPATH": str(PROJECT / "src"), "LC_ALL": "C.UTF-8"}
    return subprocess.run([python, *map(str, words)], cwd=cwd, env=variables, capture_output=True, text=True)


def needs_index() -> None:
    """Skip a test where no package index answers."""
    words = ["pip", "compile", "--quiet", "--no-header", "-"]
    done = subprocess.run([find_uv_bin(), *words], input="pydantic", env=VARIABLES, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no package index answers: {done.stderr}")
