"""Commands of `analysis-jobs` on what the launches of a lab leave, alone or beside them."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chaos.plan import REMOVALS
from chaos.story import BrokenPromise

SECONDS = 300
KILLED, UNAVAILABLE = -9, 75
TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Command:
    """A command that was started, and before which of its steps it is killed, if it is."""

    words: str
    process: "subprocess.Popen[str]"
    dies: int | None

    def end(self, *, beside: bool = False) -> str:
        """Wait for its end, and return what it printed; `beside` launches a service may fail.

        Raises
        ------
        BrokenPromise
            If it broke down.
        """
        said, errors = self.process.communicate(timeout=SECONDS)
        status = self.process.returncode
        well = status in (0, 1) or (beside and status == UNAVAILABLE) or (self.dies is not None and status == KILLED)
        if "Traceback" in errors or not well:
            raise BrokenPromise(f"{self.words} ended with {status}: {errors}")
        return said.strip()


def start_command(words: str, dies: int | None, folder: Path, environment: Mapping[str, str]) -> Command:
    """Start a command in a folder; one of `chaos.plan.REMOVALS` is killed before a step, see `chaos.dying`."""
    dying = [sys.executable, "-m", "chaos.dying", str(-1 if dies is None else dies)]
    paths = [str(TESTS), environment.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        [*(dying if words.startswith(REMOVALS) else ["analysis-jobs"]), *shlex.split(words)],
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return Command(words, process, dies)
