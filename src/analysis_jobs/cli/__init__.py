"""The command `analysis-jobs`: a module for each kind of thing to do."""

from analysis_jobs.cli import analyses, dispatching, keeping, reproducing
from analysis_jobs.cli.app import app, main

__all__ = ["analyses", "app", "dispatching", "keeping", "main", "reproducing"]
