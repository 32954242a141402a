"""Attempts at jobs, as ANALYZE leaves them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.names import LOG
from analysis_jobs.stages.result_lines import written_lines
from support.samples import write_files


def attempt_at(job: Path) -> Path:
    """Return the folder of the one attempt at a job."""
    (attempt,) = job.iterdir()
    return attempt


def write_attempt(folder: Path, outcome: Mapping[str, Any], files: Mapping[str, str]) -> Path:
    """Write an attempt of that outcome, which lists the files of its results, if it is done."""
    (folder / "results").mkdir(parents=True)
    write_files(folder / "results", files)
    write_files(folder, {LOG: f"log of {outcome['key']}"})
    written = {"written": written_lines(folder)} if outcome["state"] == "done" else {}
    write_files(folder, {"outcome.json": json.dumps({**outcome, **written})})
    return folder
