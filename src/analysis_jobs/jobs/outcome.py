"""What became of a job: the document that passes from ANALYZE to UPLOAD, RECORD and SUMMARIZE."""

import json
import secrets
from json import dumps  # an analysis may have put another one into its place when this is called
from pathlib import Path
from typing import cast

from analysis_jobs.documents import Entry, JobError, Manifest, Outcome, PublishedOutcome
from analysis_jobs.redaction.text import redacted
from analysis_jobs.wording import kept

# Types of errors: a disk was full, time was over, and memory was, or may have been, too little (the last is numpy's)
NO_ROOM = "NoRoom"
TIME_LIMIT = "TimeLimit"
OF_MEMORY = ("SIGKILL", "OutOfMemory", "MemoryError", "_ArrayMemoryError")


def new_outcome(entry: Entry) -> Outcome:
    """Return the start of every outcome: which job it is of. Until something else is known, the job is done."""
    outcome: Outcome = {
        "key": entry["key"],
        "attempt": entry["attempt"],
        "parts": entry["parts"],
        "given": entry["given"],
        "job": entry["job"],
        "state": "done",
    }
    if "opened" in entry:
        outcome["opened"] = entry["opened"]
    return outcome


def failed(entry: Entry, error: JobError) -> Outcome:
    """Return the outcome of a job that failed, without a word on how far it came."""
    return {**new_outcome(entry), "state": "failed", "error": error}


def infrastructure_error(stage: str, kind: str, message: str) -> JobError:
    """Return the error of a job that failed by no fault of its analysis: where, the type of it, and in words."""
    return {"stage": stage, "cause": "infrastructure", "type": kind, "message": kept(redacted(message))}


def published_outcome(outcome: Outcome) -> PublishedOutcome | None:
    """Return what UPLOAD said of a job that it published, or None of any other."""
    return cast(PublishedOutcome, outcome) if outcome["state"] == "done" else None


def without_files(manifest: Manifest) -> PublishedOutcome:
    """Return a manifest without its list of files, which can be thousands, and which no record is built from."""
    return cast(PublishedOutcome, {name: value for name, value in manifest.items() if name != "files"})


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome whole or not at all, through a rename."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    unfinished.write_text(dumps(outcome, allow_nan=False))
    unfinished.rename(path)


def read_outcome(path: Path) -> Outcome:
    """Read what `write_outcome` wrote."""
    outcome: Outcome = json.loads(path.read_text())
    return outcome
