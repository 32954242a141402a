#!/usr/bin/env python
"""Decide which jobs are to run, claim them, and write here what the other processes need."""

from argparse import SUPPRESS, ArgumentParser
from pathlib import Path

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.process import check_version, outward, run_task, start_logging
from analysis_jobs.wording import kept


def main() -> None:
    parser = ArgumentParser(description=__doc__, argument_default=SUPPRESS)  # what is not given is as Launch has it
    parser.add_argument("--jobs", type=Path, required=True, help="folder of job files, or their pack")
    parser.add_argument("--analysis", required=True, help="Python file, folder, or installed module")
    parser.add_argument("--code", type=Path, help="pack of the analysis, unless it is an installed module")
    parser.add_argument("--parameters", type=Path, help="parameters file")
    for name in ("jobs-place", "analysis-place", "parameters-place", "parameters-name", "report", "command-line"):
        parser.add_argument(f"--{name}", help="where it is, its name in messages, and how it was launched; see Launch")
    parser.add_argument("--set", dest="assignments", action="append", metavar="NAME=VALUE")
    parser.add_argument("--settings", metavar="JSON", help="params.set, with its types")
    for name in ("store", "bucket", "session"):
        parser.add_argument(f"--{name}", required=True, help="where records are, where results go, and who claims")
    parser.add_argument("--write-profile", help="AWS profile for the store and the bucket")
    parser.add_argument("--launcher", help="identity of Nextflow's process, to see later whether it is alive")
    parser.add_argument("--living", help="NUMBER START;... of all live launches on its machine")
    parser.add_argument("--run", dest="about", action="append", metavar="NAME=VALUE", help="fact about the run")
    for name in ("plan", "dry-run", "ignore-older-records", "key-environment", "head-stages", "without-code"):
        parser.add_argument(f"--{name}", action="store_true", help="as in the pipeline")
    for name in ("jobs-per-task", "group-size", "max-attempts", "side-by-side"):
        parser.add_argument(f"--{name}", type=int, help="as in the pipeline; side by side: how many tasks run at once")
    parser.add_argument("--retry-failed", type="true".__eq__, choices=[True, False])
    for name in ("claim-hours", "task-minutes", "price-per-hour"):
        parser.add_argument(f"--{name}", type=float, help="as in the pipeline")
    for name in ("launched-in", "environment-cache", "kept"):
        parser.add_argument(f"--{name}", type=Path, help="about the packages of the analysis, and batches; see Launch")
    for name in ("code-version", "code-identity", "patch-commits", "environment", "elsewhere", "pipeline-version"):
        parser.add_argument(f"--{name}", help="about the code, and what it runs in; see Launch")
    for name in ("check-inputs", "changed-inputs", "inputs-seen", "inputs-by", "learn"):
        parser.add_argument(f"--{name}", help="about the inputs, and what earlier jobs took; see Launch")
    parser.add_argument("--said", nargs=1, help="also write warnings into this file, shown while the task runs")
    parser.add_argument("--problem", type=Path, help="if the input is wrong, write why into this file, and exit with 0")
    parser.add_argument("--last-attempt", action="store_true", help="do the same if a service does not answer")
    options = vars(parser.parse_args())
    problem, is_last = options.pop("problem", None), options.pop("last_attempt", False)
    start_logging("warnings.txt", *options.pop("said", []))
    from analysis_jobs.stages.dedupe.dedupe import dedupe
    from analysis_jobs.stages.dedupe.launch import Launch

    try:
        check_version(options.pop("pipeline_version", None))
        dedupe(Launch(**options))
    except (InvalidInput, ServiceUnavailable) as error:
        if not problem or (isinstance(error, ServiceUnavailable) and not is_last):
            raise
        problem.write_text(kept(outward(str(error))))


run_task(main)
