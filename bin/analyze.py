#!/usr/bin/env python
"""Run an analysis on every job of a batch; `analysis-jobs try` runs it on one job file."""

from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import run_script, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--analysis", type=Path, required=True, help="folder that dedupe.py copied the analysis to")
    parser.add_argument("--batch", type=Path, required=True, help="batch file that dedupe.py wrote")
    parser.add_argument("--output", type=Path, default=Path("jobs"), help="folder for the jobs of the batch")
    parser.add_argument("--container", help="name of the image that this runs in")
    options = parser.parse_args()
    start_logging()

    from analysis_jobs.stages.analyze.analyze import analyze_batch

    analyze_batch(options.analysis, options.batch, options.output, options.container)


run_script(main)
