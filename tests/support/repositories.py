"""A repository of the project itself, as a server has it: bare, with a tag for each version."""

import os
import shutil
import subprocess
from pathlib import Path

from docs.checkout import LEFT_OUT

from analysis_jobs import __version__
from support.samples import PROJECT


class ProjectRepository:
    """The project as it lies here in a bare repository, ``bare``, and the package of each version beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "aind-analysis-jobs.git"
        self._copy = folder / "copy"
        shutil.copytree(PROJECT, self._copy, ignore=LEFT_OUT, symlinks=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", ".", at=self.bare)
        self._git("init", "--quiet", "--initial-branch=main", ".")
        self._git("remote", "add", "origin", str(self.bare))

    def release(self, version: str) -> str:
        """Tag the project under another version, and return the commit."""
        for name in ("nextflow.config", "nextflow_schema.json", "src/analysis_jobs/pipeline.py"):
            here = (PROJECT / name).read_text()
            assert __version__ in here
            (self._copy / name).write_text(here.replace(__version__, version))
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", version)
        self._git("tag", f"v{version}")
        self._git("push", "--quiet", "origin", "HEAD:main", f"v{version}")
        self._git("worktree", "add", "--quiet", str(self.folder / version), f"v{version}")
        return self._git("rev-parse", "HEAD")

    def package(self, version: str) -> str:
        """Return the folder from which Python imports the package of a version."""
        return str(self.folder / version / "src")

    def _git(self, *words: str, at: Path | None = None) -> str:
        place = at or self._copy
        place.mkdir(exist_ok=True)
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        someone = ["-c", "user.name=tests", "-c", "user.email=tests@example.org"]
        command = ["git", "-C", str(place), *someone, *words]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=True)
        return done.stdout.strip()
