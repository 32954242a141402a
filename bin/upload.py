#!/usr/bin/env python
"""Publish the results of a group of finished jobs, and write uploaded.jsonl here."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import EXIT_AGAIN, run_task, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=Path, required=True, help="folder of the group's batch files")
    parser.add_argument("--jobs", type=Path, required=True, help="folder that analyze.py wrote for each job")
    parser.add_argument("--deaths", type=Path, default=Path("deaths"), help="folder of facts about tasks that died")
    parser.add_argument("--run", type=Path, required=True, help="run.json")
    parser.add_argument("--sources", type=Path, help="sources.tar.gz, which is empty if no code is published")
    parser.add_argument("--bucket", required=True, help="folder or s3:// URL to publish to")
    parser.add_argument("--write-profile", help="AWS profile for the bucket")
    parser.add_argument("--dry-run", action="store_true", help="publish nothing")
    parser.add_argument("--attempt", type=int, default=1, help="how often this was tried, including this time")
    parser.add_argument("--of", type=int, default=1, help="how often it is tried at most, in all")
    options = parser.parse_args()
    start_logging("warnings.txt")

    from analysis_jobs.bucket.opening import open_bucket
    from analysis_jobs.stages.files import count_failed, read_launch, write_lines
    from analysis_jobs.stages.upload import Again, GroupFolders, NotAllThere, publish_code, upload_group

    run = read_launch(options.run)
    bucket = open_bucket(options.bucket, options.write_profile)
    group = GroupFolders(options.batches, options.jobs, options.deaths)
    if options.sources and not options.dry_run:
        publish_code(options.sources, bucket, run)
    try:
        again = Again(missing=options.attempt == 1 < options.of, no_room=options.attempt < options.of)
        outcomes = upload_group(group, bucket, run, dry_run=options.dry_run, again=again)
    except NotAllThere as error:
        print(f"some results are missing, and are fetched again: jobs {error}", file=sys.stderr)
        sys.exit(EXIT_AGAIN)
    write_lines(Path("uploaded.jsonl"), outcomes)
    count_failed(outcomes)


run_task(main)
