"""All commands, gathered: importing this module is what adds them to the program."""

import sys

from analysis_jobs.cli import (
    authoring,
    browse,
    collect,
    compare,
    dispatch,
    doctor,
    environment,
    explain,
    export,
    forget,
    gather,
    history,
    launches,
    many_jobs,
    notify,
    one_job,
    rerun,
    running,
    store,
    upkeep,
)
from analysis_jobs.cli.app import app, left_uncaught
from analysis_jobs.process import run_script
from analysis_jobs.redaction.streams import finish_python_streams, redact_python_streams
from analysis_jobs.wording import visible_in_colours

__all__ = [
    "app",
    "authoring",
    "browse",
    "collect",
    "compare",
    "dispatch",
    "doctor",
    "environment",
    "explain",
    "export",
    "forget",
    "gather",
    "history",
    "launches",
    "many_jobs",
    "notify",
    "one_job",
    "rerun",
    "run",
    "running",
    "store",
    "upkeep",
]


def run() -> None:
    """Run the command line; see `analysis_jobs.cli.main`."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # whatever is in a name
    redact_python_streams(visible_in_colours)
    try:
        run_script(app)
    except SystemExit as ending:
        if ending.code:
            raise
    finally:
        finish_python_streams()
    while left_uncaught:
        left_uncaught.pop(0)()
    finish_python_streams()
