"""A folder that looks like a checkout after `make demo`, in which the commands of a document are executed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis_jobs.store.opening import open_store

from .blocks import PROJECT, Block, blocks_of

# What a checkout does not have, or what is of no use in a copy
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".nextflow*", "work", "demo", "site")
# A document's commands take seconds each; this is for a machine that is busy
PAGE_SECONDS = 600
_WORDS = re.compile(r"(?<![\w$./-])(JOBS|OUT|KEY|LAUNCH|RECORDINGS)(?![\w=])")
_END = "@@ every block was executed"


class Checkout:
    """A copy of the project with an environment of its own and a demo; `renew` makes it anew, at the same path."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        path = os.pathsep.join([str(Path(sys.prefix) / "bin"), environment["PATH"]])
        self.environment = {**environment, "PATH": path, "MPLBACKEND": "agg", "COLUMNS": "120"}
        self._kept = folder.with_name("demo as it was")
        self._copy()
        ended = self.bash([Block("the demo", 1, "bash", "python examples/demo.py", 0, "")])
        assert ended.returncode == 0, ended.stdout
        shutil.copytree(folder / "demo", self._kept, symlinks=True)

    def renew(self) -> None:
        """Forget what the commands of another document left; records name the demo by its path, so that stays."""
        shutil.rmtree(self.folder)
        self._copy()
        shutil.copytree(self._kept, self.folder / "demo", symlinks=True)
        session = min((self.folder / "demo" / "sessions").glob("*.nwb"))
        (self.folder / "my_analysis.py").write_text(readme_analysis())
        (self.folder / "job.json").write_text(json.dumps({"s3_location": [str(session)]}))

    def _copy(self) -> None:
        shutil.copytree(PROJECT, self.folder, ignore=LEFT_OUT, symlinks=True)
        # What is installed is that of the tests; where it was made is noted, so that make finds nothing to do
        environment = self.folder / ".venv"
        environment.mkdir()
        for path in Path(sys.prefix).iterdir():
            (environment / path.name).symlink_to(path)
        for stamp in (".created", ".nextflow", ".packages", ".editable", ".compiled", ".dev"):
            (environment / stamp).unlink(missing_ok=True)
            (environment / stamp).write_text(f"{self.folder.resolve()}\n")

    @property
    def key(self) -> str:
        """The key of a job that is done."""
        return min(path.parent.name for path in self.folder.glob("demo/results/analyses/*/manifest.json"))

    @property
    def launch(self) -> str:
        """The name of a launch."""
        store = open_store(str(self.folder / "demo" / "results" / "records.sqlite"), read_only=True)
        return next(store.launches())["run_name"]

    def in_place(self, text: str) -> str:
        """Return a command with what the words of the documents stand for."""
        jobs, out, recordings = "demo/jobs", "demo/results", "demo/sessions"
        words = {"JOBS": jobs, "OUT": out, "RECORDINGS": recordings}
        known = {"KEY": lambda: self.key, "LAUNCH": lambda: self.launch}
        return _WORDS.sub(lambda found: words.get(found[1]) or known[found[1]](), text)

    def bash(
        self, blocks: Iterable[Block], more: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Execute blocks in one shell, up to the first that does not end as it says; the output has their names."""
        script = "\n".join(["set -eo pipefail", *map(self.in_place, _commands(blocks)), f"echo '{_END}'"])
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**self.environment, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PAGE_SECONDS,
        )
        if ended.returncode == 0:  # or a block left the shell, and took what follows with it
            assert ended.stdout.endswith(f"{_END}\n"), ended.stdout
        return ended


def readme_analysis() -> str:
    """Return the analysis that the README shows."""
    (analysis,) = (block.text for block in blocks_of("README.md") if "def run_analysis" in block.text)
    return analysis


def _commands(blocks: Iterable[Block]) -> list[str]:
    commands, python = [], ""
    for block in blocks:
        commands.append(f"echo '@@ {block.name}'")
        if block.language == "python":  # what it builds on may be in the blocks before, as in a notebook
            python += block.text
            commands.append(f"python - <<'PYTHON_BLOCK'\n{python}PYTHON_BLOCK")
        elif block.status:
            commands.append(f"set +e; (set -e\n{block.text}\n); status=$?; set -e")
            commands.append(f'[ $status = {block.status} ] || {{ echo "it ended with status $status"; exit 99; }}')
        else:
            commands.append(block.text)
    return commands
