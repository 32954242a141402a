"""A batch of jobs, run as an ANALYZE task runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis_jobs.analysis.source import locate
from analysis_jobs.bucket.names import LOG
from support.attempts import attempt_at
from support.samples import PROJECT, entry, write_files


class Batch:
    """A batch that was run: an analysis, and its jobs with the parameters of each, by their keys."""

    def __init__(
        self,
        folder: Path,
        analysis: str | Mapping[str, str],
        jobs: Mapping[str, Mapping[str, Any]],
        path: str = "writers.py",
        arguments: Sequence[str] = (),
        **environment: str,
    ) -> None:
        """Run jobs of an analysis: the text of a file, or all its files by their names and which of them it is."""
        self.folder = folder
        entries = [entry(key, given=given, attempt=2) for key, given in jobs.items()]
        write_files(folder / "original", {path: analysis} if isinstance(analysis, str) else analysis)
        write_files(folder, {"batch.json": json.dumps({"jobs": entries})})
        locate(str(folder / "original" / path)).export(folder / "code")
        command = [sys.executable, str(PROJECT / "bin" / "analyze.py"), "--analysis", "code", "--batch", "batch.json"]
        command += arguments
        self.ended = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def outcome(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((attempt_at(self.folder / "jobs" / key) / "outcome.json").read_text())
        return found

    def results(self, key: str) -> Path:
        return attempt_at(self.folder / "jobs" / key) / "results"

    def log(self, key: str) -> str:
        return (attempt_at(self.folder / "jobs" / key) / LOG).read_text()
