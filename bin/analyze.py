#!/usr/bin/env python
"""Run an analysis on every job of a batch; `analysis-jobs try` runs it on one job file."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import run_task, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--analysis", type=Path, required=True, help="folder that dedupe.py copied the analysis to")
    parser.add_argument("--batch", type=Path, required=True, help="batch file that dedupe.py wrote")
    parser.add_argument("--output", type=Path, default=Path("jobs"), help="folder for the jobs of the batch")
    parser.add_argument("--container", help="name of the image in which this runs")
    parser.add_argument(
        "--attempt", type=int, help="attempt of the task; from 2 on, it ends with 0 even if its only job died"
    )
    parser.add_argument("--processors", type=int, help="how many the task asked for")
    parser.add_argument("--gpus", type=int, help="the same")
    parser.add_argument(
        "--memory-bytes",
        type=int,
        help="memory that the task asked for; the limit of each process of a job with --limited",
    )
    parser.add_argument("--seconds", type=float, help="how long a job may take")
    parser.add_argument("--limited", action="store_true", help="enforce these limits, because nothing else does")
    options = parser.parse_args()
    start_logging()

    from analysis_jobs.stages.analyze.analyze import analyze_batch
    from analysis_jobs.stages.analyze.limits import NO_LIMITS, limits_of

    names = ("processors", "gpus", "memory_bytes", "seconds", "attempt")
    asked = {name: value for name in names if (value := getattr(options, name)) is not None}
    limits = limits_of(asked) if options.limited else NO_LIMITS
    killed = analyze_batch(options.analysis, options.batch, options.output, options.container, limits, asked)
    if killed and not options.attempt:
        sys.exit(137)  # so that Nextflow tries again, perhaps elsewhere and with more memory


run_task(main)
