"""The command `analysis-jobs`: a module for each kind of thing to do."""

from analysis_jobs.cli import analyses, dispatching, explain, exporting, keeping, one_job, reproducing, results
from analysis_jobs.cli.app import app, main

__all__ = [
    "analyses",
    "app",
    "dispatching",
    "explain",
    "exporting",
    "keeping",
    "main",
    "one_job",
    "reproducing",
    "results",
]
