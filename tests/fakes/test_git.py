"""The git host for tests: gives what was published, and nothing without the token."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .git import GitServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    server = GitServer(tmp_path / "git", "t0ken")
    yield server
    server.close()


def clone(server: GitServer, folder: Path, user: str) -> int:
    url = f"https://{user}@{server.host}/capsule-1.git"
    env = {**os.environ, **server.environment, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(["git", "clone", "--quiet", url, str(folder)], env=env, capture_output=True).returncode


def test_it_gives_what_was_published_to_whoever_has_the_token(server: GitServer, tmp_path: Path) -> None:
    commit = server.publish("capsule-1", {"code/run": "echo"})
    assert clone(server, tmp_path / "here", "t0ken:") == 0
    told = subprocess.run(["git", "-C", str(tmp_path / "here"), "rev-parse", "HEAD"], capture_output=True, text=True)
    assert told.stdout.strip() == commit
    assert (tmp_path / "here" / "code" / "run").read_text() == "echo"


def test_without_the_token_it_gives_nothing(server: GitServer, tmp_path: Path) -> None:
    server.publish("capsule-1", {"code/run": "echo"})
    assert clone(server, tmp_path / "here", "another:") != 0
    assert server.refused
