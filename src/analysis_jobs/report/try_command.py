"""The command that runs one job alone, as the launch ran it."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from analysis_jobs.report.account import Row


class Rerun:
    """Writes commands for jobs of a launch, each of them quoted for a shell."""

    def __init__(self, about: Mapping[str, Any], rows: Sequence[Row]) -> None:
        """Take what is known of the run (``run.json``), which may be empty, and the jobs."""
        launch, analysis = about.get("launch") or {}, about.get("source", {}).get("path")
        self._jobs = launch.get("jobs") or "jobs"
        self.head = f"analysis-jobs try {shlex.quote(analysis or 'analysis.py')} --job "
        self.tail = "".join(
            f" {option} {shlex.quote(value)}"
            for option, value in [
                *([("--parameters", launch["parameters"])] if launch.get("parameters") else []),
                *(("--set", assignment) for assignment in launch.get("set") or ()),
            ]
        )
        # A file with many parameter sets stands for as many jobs, and the command runs them all.
        self._sets = Counter(row["file"] for row in rows)
        seen = Counter[str]()
        self._number = {}
        for row in rows:
            self._number[id(row)] = seen[row["file"]]
            seen[row["file"]] += 1

    def job(self, row: Row) -> str:
        """Return the job file as a word of a shell."""
        return shlex.quote(str(PurePosixPath(self._jobs) / row["file"]))

    def results(self, row: Row) -> str:
        """Return a name for the folder of the results."""
        return f"try-{row['key'][:12]}" if row["key"] else "try-job"

    def command(self, row: Row) -> str:
        """Return the whole command."""
        return f"{self.head}{self.job(row)}{self.tail} --results {self.results(row)}"

    def note(self, row: Row) -> str:
        """Return what the command does beside, if the job shares its file with others; else an empty text."""
        if (sets := self._sets[row["file"]]) == 1:
            return ""
        number = self._number[id(row)]
        return f"This file stands for {sets} jobs, and the command runs each: this one into {number}/ of that folder."
