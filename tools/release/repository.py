"""A git repository, as a release asks and changes it."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release.refusal import Refused

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
# What git tells its hooks of the repository that they run for, which is not the one that is meant here
_OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


def parsed_version(text: str) -> tuple[int, ...] | None:
    """Return the three numbers of a version, to compare it by; None of any other text."""
    found = _VERSION.fullmatch(text)
    return tuple(map(int, found.groups())) if found else None


class Repository:
    """A checkout of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *arguments: str) -> str:
        """Return what git prints; raise Refused with the last line that it says where it fails."""
        environment = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), *arguments], env=environment, capture_output=True, text=True
            )
        except FileNotFoundError:
            raise Refused("git is not on PATH: install it (sudo apt-get install git)") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
            raise Refused(f"`git {arguments[0]}` failed in {self.folder}: {said}")
        return done.stdout.rstrip("\n")

    def branch(self) -> str:
        """Return the name of the branch, or an empty text where none is checked out."""
        return self.git("branch", "--show-current")

    def changes(self) -> list[str]:
        """Return files that are changed, or that git does not know."""
        return [line[3:] for line in self.git("status", "--porcelain").splitlines()]

    def commit(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def commit_seconds(self) -> int:
        """Return when that was made, in seconds since 1970."""
        return int(self.git("log", "-1", "--format=%ct"))

    def has_all_of(self, branch: str) -> bool:
        """Return whether what is checked out has every commit of a remote branch, as it was last fetched."""
        known = self.git("for-each-ref", f"refs/remotes/{branch}")
        return not known or self.git("rev-list", "--count", f"HEAD..{branch}") == "0"

    def last_version(self) -> str:
        """Return the newest version that has a tag, or an empty text."""
        versions = (tag.removeprefix("v") for tag in self.git("tag", "--list", "v*").splitlines())
        return max(filter(parsed_version, versions), key=lambda version: parsed_version(version) or (), default="")

    def files(self) -> list[str]:
        """Return the names of all files that git knows."""
        return self.git("ls-files", "-z").rstrip("\0").split("\0")

    @contextmanager
    def apart(self) -> Iterator["Repository"]:
        """Give another checkout of the same commit for a while: what happens there leaves this one alone."""
        with tempfile.TemporaryDirectory(prefix="release-") as scratch:
            folder = Path(scratch) / "checkout"
            self.git("worktree", "prune")  # what one has left that was killed
            self.git("worktree", "add", "--quiet", "--detach", str(folder), "HEAD")
            try:
                yield Repository(folder)
            finally:
                self.git("worktree", "remove", "--force", str(folder))
