#!/usr/bin/env python
"""Account for every job: write jobs.tsv and report.html here, and print the counts."""

from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import run_task, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=Path, required=True, help="decisions.jsonl")
    parser.add_argument(
        "--settled", type=Path, help="folder that record.py wrote, next to deaths/ and left.json; not given for a plan"
    )
    parser.add_argument("--run", type=Path, help="run.json")
    parser.add_argument("--account", type=Path, help="folder for what analysis-jobs gather needs from the launch")
    parser.add_argument("--bucket", help="folder or s3:// URL that the results were published to, for their images")
    parser.add_argument("--write-profile", help="AWS profile for the bucket")
    parser.add_argument("--store", help="store in which to note how the launch ended")
    parser.add_argument(
        "--notify", choices=["always", "failures"], help="send a message to the addresses in ANALYSIS_NOTIFY"
    )
    parser.add_argument("--outdir", help="folder of the report, for its links to results")
    parser.add_argument("--dry-run", action="store_true", help="say that nothing was published")
    options = parser.parse_args()
    start_logging("warnings.txt")

    from analysis_jobs.report.links import Links
    from analysis_jobs.stages.files import LEFT, read_left
    from analysis_jobs.stages.summarize import give_left_back, summarize, tell_end

    links, profile = Links(options.outdir, options.bucket), options.write_profile
    if options.account:
        from analysis_jobs.stages.gather import keep_account

        keep_account(options.account, options.settled, options.run)
    run = summarize(options.decisions, options.settled, options.run, links, profile=profile, dry_run=options.dry_run)
    if run:
        if options.store:
            give_left_back(read_left(Path(LEFT)), run.about, options.store, profile)
        report = f"{options.outdir}/report.html"
        tell_end(run, report, store=options.store, notify=options.notify, profile=profile)


run_task(main)
