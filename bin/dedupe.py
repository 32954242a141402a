#!/usr/bin/env python
"""Decide which jobs are to run, claim them, and write decisions.jsonl, batches/, code.tar and run.json here."""

from argparse import SUPPRESS, ArgumentParser
from pathlib import Path

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.process import outward, run_task, start_logging
from analysis_jobs.wording import kept


def main() -> None:
    parser = ArgumentParser(description=__doc__, argument_default=SUPPRESS)  # what is not given is as Launch has it
    parser.add_argument("--jobs", type=Path, required=True, help="folder of job files, or its pack")
    parser.add_argument("--analysis", required=True, help="Python file, folder, or installed module")
    parser.add_argument("--code", type=Path, help="pack of the analysis, where it is no installed module")
    parser.add_argument("--parameters", type=Path, help="parameters file")
    parser.add_argument("--parameters-name", help="what messages call it")
    parser.add_argument("--jobs-place", help="where the jobs folder is on the machine that launches")
    parser.add_argument("--analysis-place", help="the same of the analysis")
    parser.add_argument("--parameters-place", help="the same of the parameters file")
    parser.add_argument("--set", dest="assignments", action="append", metavar="NAME=VALUE")
    parser.add_argument("--settings", metavar="JSON", help="params.set, with its types")
    parser.add_argument("--command-line", help="Nextflow's, which has words as they were written")
    parser.add_argument("--store", required=True, help="SQLite file, or docdb")
    parser.add_argument("--bucket", required=True, help="where results will go, to see that they can")
    parser.add_argument("--write-profile", help="AWS profile for the store and the bucket")
    parser.add_argument("--session", required=True, help="id of the Nextflow session, which owns the claims")
    parser.add_argument("--launcher", help="identity of Nextflow's process, to see later whether it lives")
    parser.add_argument("--living", help="NUMBER START;... of all launches that live on its machine")
    parser.add_argument("--run", dest="about", action="append", metavar="NAME=VALUE", help="about the run")
    parser.add_argument("--plan", action="store_true", help="claim nothing")
    parser.add_argument("--dry-run", action="store_true", help="claim nothing")
    parser.add_argument("--jobs-per-task", type=int, help="jobs that share an ANALYZE task")
    parser.add_argument("--group-size", type=int, help="jobs that share an UPLOAD task; default: automatic")
    parser.add_argument("--retry-failed", type="true".__eq__, choices=[True, False])
    parser.add_argument("--max-attempts", type=int)
    parser.add_argument("--claim-hours", type=float)
    parser.add_argument("--price-per-hour", type=float, help="of the machine of one ANALYZE task, for the records")
    parser.add_argument("--ignore-older-records", action="store_true", help="do not look for results of other code")
    parser.add_argument("--code-version", help="identity of the code in your own words, instead of its digest")
    parser.add_argument("--patch-commits", help="commits of code whose results still count")
    parser.add_argument("--problem", type=Path, help="write what is wrong with the input here, and exit with 0")
    parser.add_argument("--last-attempt", action="store_true", help="the same where a service does not answer")
    options = vars(parser.parse_args())
    problem, is_last = options.pop("problem", None), options.pop("last_attempt", False)
    start_logging("warnings.txt")

    from analysis_jobs.stages.dedupe.dedupe import dedupe
    from analysis_jobs.stages.dedupe.launch import Launch

    try:
        dedupe(Launch(**options))
    except (InvalidInput, ServiceUnavailable) as error:
        if not problem or (isinstance(error, ServiceUnavailable) and not is_last):
            raise
        problem.write_text(kept(outward(str(error))))


run_task(main)
