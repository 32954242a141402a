"""Jobs that are done, and the command that computes them again."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.launches import launch

# Returns what the environment says, so that a repetition may differ.
ANALYSIS = """
import os, signal
from pydantic import field_validator
from analysis_jobs import GenericModel, NothingToReport

print("imported")


class AnalysisSpecification(GenericModel):
    analysis_name: str = "repeated"
    window: float = 0

    @field_validator("window")
    @classmethod
    def from_milliseconds(cls, value):
        return value / 1000


class AnalysisOutputs(GenericModel):
    window: float
    per_unit: dict[str, list[float]]


def run_analysis(job, specification, results):
    change = os.environ.get("CHANGE", "")
    print("running", specification.window)
    if change == "raises":
        raise ValueError("not this time")
    if change == "is empty":
        raise NothingToReport("no units")
    if change == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    (results / "plots").mkdir()
    (results / "plots" / "a plot.txt").write_text(change)
    (results / ("other.txt" if change == "other name" else "name.txt")).write_text("")
    (results / "same.txt").write_text("same")
    more = 1e-9 if change == "a little" else 0
    return AnalysisOutputs(window=specification.window, per_unit={"a.b": [1, 2 + more]})
"""


@dataclass
class Done:
    """A job that is done, and the command to run it again."""

    folder: Path
    key: str
    places: list[str]

    def rerun(self, *more: object, into: str = "again", **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [
            Path(sys.executable).with_name("analysis-jobs"),
            "rerun",
            self.key[:12],
            "--into",
            self.folder / into,
        ]
        return subprocess.run(
            [*map(str, command), *self.places, *map(str, more)],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )

    def show(self) -> str:
        """Return what the command `show` tells of the job."""
        command = [Path(sys.executable).with_name("analysis-jobs"), "show", self.key, *self.places]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def compared(self, *more: object, into: str = "again", **environment: str) -> tuple[int, dict[str, Any]]:
        done = self.rerun("--json", *more, into=into, **environment)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


def done_locally(folder: Path, analysis: object, *more: str) -> Done:
    """Do a job with a SQLite file and a folder."""
    store, bucket = str(folder / "records.sqlite"), str(folder / "analyses")
    (key,) = launch(folder, analysis, store, bucket, *more)
    return Done(folder, key, ["--store", store, "--bucket", bucket])
