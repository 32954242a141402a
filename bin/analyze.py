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
    parser.add_argument("--container", help="name of the image that this runs in")
    parser.add_argument("--last-attempt", action="store_true", help="end with 0 also where the only job was killed")
    parser.add_argument("--processors", type=int, help="that the task may use, where nothing else limits it")
    parser.add_argument("--gpus", type=int, default=0, help="the same")
    parser.add_argument("--memory-bytes", type=int, help="the same, for each process of a job")
    options = parser.parse_args()
    start_logging()

    from analysis_jobs.stages.analyze.analyze import analyze_batch
    from analysis_jobs.stages.analyze.limits import Limits

    limits = Limits(options.processors, options.gpus, options.memory_bytes)
    killed = analyze_batch(options.analysis, options.batch, options.output, options.container, limits)
    if killed and not options.last_attempt:
        sys.exit(137)  # so that Nextflow tries again, perhaps elsewhere and with more memory


run_task(main)
