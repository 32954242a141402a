#!/usr/bin/env python
"""Run an analysis: on every job of a batch (for the pipeline), or on one job file in the open (for you)."""

import json
from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import run_script, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--analysis", required=True, help="Python file, folder, or module; for a batch, code/")
    parser.add_argument("--job", type=Path, help="one job file")
    parser.add_argument("--results", type=Path, help="folder for the results of that job")
    parser.add_argument("--parameters", type=Path, help="parameters file for that job")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter")
    parser.add_argument("--batch", type=Path, help="batch file that dedupe.py wrote")
    parser.add_argument("--output", type=Path, default=Path("jobs"), help="folder for the jobs of the batch")
    parser.add_argument("--container", help="name of the image that this runs in")
    options = parser.parse_args()
    start_logging()
    if not options.batch and not (options.job and options.results):
        parser.error("give --job and --results, or --batch")

    if options.batch:
        from analysis_jobs.process import end_process
        from analysis_jobs.stages.analyze.analyze import analyze_batch

        batch = (Path(options.analysis), options.batch, options.output, options.container)
        end_process(lambda: run_script(lambda: analyze_batch(*batch)))
    else:
        from analysis_jobs.authoring.trial import prepare_trials

        one = (options.analysis, options.job, options.results, options.parameters, options.set)
        for trial in prepare_trials(*one):
            print(json.dumps(trial.outputs(), indent=2))


run_script(main)
