"""All commands, gathered: importing this module is what adds them to the program."""

import sys

from analysis_jobs.cli import authoring, dispatch, explain, export, many_jobs, one_job, rerun, upkeep
from analysis_jobs.cli.app import app, left_uncaught
from analysis_jobs.process import run_script

__all__ = ["app", "authoring", "dispatch", "explain", "export", "many_jobs", "one_job", "rerun", "run", "upkeep"]


def run() -> None:
    """Run the command line; see `analysis_jobs.cli.main`."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # whatever is in a name
    try:
        run_script(app)
    except SystemExit as ending:
        if ending.code:
            raise
    while left_uncaught:
        left_uncaught.pop(0)()
