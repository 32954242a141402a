"""The command that runs one job alone, as the launch ran it."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from analysis_jobs.documents import Asked, LaunchDocument
from analysis_jobs.report.account import Row


class TryCommand:
    """Writes commands for jobs of a launch, each of them quoted for a shell."""

    def __init__(self, about: LaunchDocument, rows: Sequence[Row]) -> None:
        """Take what is known of the run (``run.json``), which may be empty, and the jobs."""
        launch = about.get("launch")
        analysis = about["source"]["path"] if "source" in about else "analysis.py"
        self._jobs = launch["jobs"] if launch else "jobs"
        self.head = f"analysis-jobs try {shlex.quote(analysis)} --job "
        self.tail = "".join(f" {option} {shlex.quote(value)}" for option, value in _options(launch))
        if launch and launch.get("allow_pickle"):
            self.tail += " --allow-pickle"
        # A file with many parameter sets stands for as many jobs
        self._sets = Counter(row["file"] for row in rows)
        seen = Counter[str]()
        self._number = {}
        for row in rows:
            self._number[id(row)] = seen[row["file"]]
            seen[row["file"]] += 1

    def job(self, row: Row) -> str:
        """Return the job file, and which of its parameter sets where it has several, as words of a shell."""
        file = shlex.quote(str(PurePosixPath(self._jobs) / row["file"]))
        return file if self._sets[row["file"]] == 1 else f"{file} --number {self._number[id(row)]}"

    def results(self, row: Row) -> str:
        """Return a name for the folder of the results."""
        return f"try-{row['key'][:12]}" if row["key"] else "try-job"

    def command(self, row: Row) -> str:
        """Return the whole command."""
        return f"{self.head}{self.job(row)}{self.tail} --results {self.results(row)}"


def _options(launch: Asked | None) -> Iterator[tuple[str, str]]:
    if launch and launch["parameters"]:
        yield "--parameters", launch["parameters"]
    if launch:
        yield from (("--set", assignment) for assignment in launch["set"])
