"""Git repositories of tests."""

import os
import subprocess
from pathlib import Path

from analysis_jobs.analysis.git import provenance
from support.samples import write_files


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
