"""What became of a job: the document that passes from ANALYZE to UPLOAD, RECORD and SUMMARIZE."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Outcome = dict[str, Any]


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
