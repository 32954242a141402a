"""What became of a job: the document that passes from ANALYZE to UPLOAD, RECORD and SUMMARIZE, and its files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis_jobs.bucket import MANIFEST

Outcome = dict[str, Any]
# What UPLOAD and RECORD put beside the files of an analysis.
LOG = "analysis.log"
RECORD_FILE = "metadata.nd.json"
RESERVED = (MANIFEST, RECORD_FILE, LOG)


def new_outcome(entry: Mapping[str, Any]) -> Outcome:
    """Return the start of every outcome: which job it is of."""
    return {name: entry[name] for name in ("key", "attempt", "parts", "given", "job")}


def died(entry: Mapping[str, Any], stage: str) -> Outcome:
    """Return the outcome of a job whose task ended without a word.

    Parameters
    ----------
    entry
        The job, from its batch.
    stage
        The process whose task it was.
    """
    message = (
        f"the {stage.upper()} task of this job died before it could report: killed, out of memory, over its time "
        "limit, or its node was lost; .nextflow.log has its exit status and work folder"
    )
    error = infrastructure_error(stage, "TaskDied", message)
    return {**new_outcome(entry), "state": "failed", "error": error}


def infrastructure_error(stage: str, kind: str, message: str) -> dict[str, str]:
    """Return the error of a job that failed by no fault of its analysis: where, the type of it, and in words."""
    return {"stage": stage, "cause": "infrastructure", "type": kind, "message": message}


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome whole or not at all, through a rename."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(outcome, allow_nan=False))
    unfinished.rename(path)


def count_failed(outcomes: Iterable[Mapping[str, Any]]) -> None:
    """Write ``failed.txt`` into the current folder: of how many jobs the state is failed, for those who watch a run."""
    Path("failed.txt").write_text(str(sum(outcome["state"] == "failed" for outcome in outcomes)))


def read_entries(batches: Path) -> Iterator[dict[str, Any]]:
    """Yield every job of the batch files in a folder."""
    for batch in sorted(batches.glob("*.json")):
        yield from json.loads(batch.read_text())["jobs"]


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines."""
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines."""
    with path.open() as file:
        for line in file:
            yield json.loads(line)
