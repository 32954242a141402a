"""Runs to report on."""

import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from analysis_jobs.report.account import COLUMNS, Row, closing_line
from analysis_jobs.report.links import Links
from analysis_jobs.report.report import write_report
from analysis_jobs.report.run import Run
from analysis_jobs.report.thumbnails import Images
from support.samples import ENVIRONMENT, RUN

LAUNCH = {
    "started": "2026-01-02T03:04:05.678+01:00",
    "jobs": "/data/my jobs",
    "parameters": "/lab/parameters.json",
    "set": ["cutoff=0.5", "label=two words"],
}
ABOUT = {
    **RUN,
    "source": {"kind": "file", "path": "/lab/analysis.py", "digest": "c0de"},
    "identity": "sha256:c0de",
    "command_line": "nextflow run main.nf --jobs 'my jobs'",
    "launch": LAUNCH,
}


def job(number: int, state: str = "done", **more: Any) -> Row:
    """Return the row of a job that this run has computed, or that was done before."""
    key = sha256(str(number).encode()).hexdigest()
    row = {
        "file": f"session_{number:03}.json",
        "label": f"session_{number:03}",
        "key": key,
        "state": state,
        "decision": "run",
        "reason": "computed",
        "attempt": 1,
        "seconds": 1.5 + number,
        "peak_memory_bytes": 100_000_000 + number,
        "location": f"/out/analyses/{key}",
        "inputs": [f"s3://recordings/{number}"],
        "parameters": {"analysis_name": "unit quality", "cutoff": number % 2},
        "outputs": {"rate": number},
    }
    return {**row, **more}


def failure(number: int, message: str, kind: str = "ValueError", **error: Any) -> Row:
    """Return the row of a job whose analysis raised."""
    whole = {"stage": "analyze", "cause": "analysis", "type": kind, "message": message, **error}
    reason = f"{whole['cause']}: {kind}: {message}"
    return job(number, "failed", reason=reason, location="", outputs=None, error=whole)


def invalid(number: int, message: str = "'s3_location' is missing; write the list of the inputs") -> Row:
    """Return the row of a job file that is wrong."""
    file = f"bad_{number:03}.json"
    row = {"file": file, "state": "invalid", "decision": "invalid", "reason": f"{file}: {message}"}
    return {**dict.fromkeys(COLUMNS, ""), **row}


def run_of(*rows: Row, about: dict[str, Any] | None = None, dry_run: bool = False) -> Run:
    """Return a run that ended with these rows."""
    line = closing_line(list(rows), dry_run=dry_run)
    environments = Counter({json.dumps(ENVIRONMENT): len(rows)})
    ended = datetime(2026, 1, 2, 4, tzinfo=UTC)
    return Run(list(rows), line, ABOUT if about is None else about, environments, ended, dry_run)


def save(path: Path, *rows: Row, images: Images | None = None, about: dict[str, Any] | None = None) -> Path:
    """Write a report and return its path."""
    write_report(run_of(*rows, about=about), images or Images(), Links("/out", "/out/analyses"), path)
    return path


def decision(kind: str, file: str = "a.json", key: str = "k", **more: Any) -> dict[str, Any]:
    attempt = {"attempt": 1} if kind == "run" else {}
    keyed = {} if kind == "invalid" else {"key": key}
    return {"file": file, "decision": kind, "reason": f"it is {kind}", **keyed, **attempt, **more}


def values(found: dict[str, Any], name: str, row: int = 0) -> Any:
    value = found["rows"][row][found["columns"].index(name)]
    return (
        found["texts"][value]
        if name in ("recording", "reason", "inputs", "parameters", "outputs", "traceback")
        else value
    )
