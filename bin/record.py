#!/usr/bin/env python
"""Record the published jobs of a group, settle the states of all, and write settled.jsonl here."""

import json
from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import run_task, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=Path, required=True, help="folder of the group's batch files")
    parser.add_argument("--uploaded", type=Path, help="uploaded.jsonl; not given if the UPLOAD task died")
    parser.add_argument("--death", type=Path, help="what is known about the UPLOAD task, if it died")
    parser.add_argument("--run", type=Path, required=True, help="run.json")
    parser.add_argument("--bucket", required=True, help="folder or s3:// URL that the results were published to")
    parser.add_argument("--store", required=True, help="SQLite file, or docdb")
    parser.add_argument("--write-profile", help="AWS profile for the store and the bucket")
    parser.add_argument("--dry-run", action="store_true", help="write nothing, print the records")
    options = parser.parse_args()
    start_logging("warnings.txt")

    from analysis_jobs.bucket.opening import open_bucket
    from analysis_jobs.stages.files import count_failed, read_entries, read_launch, read_outcomes, write_lines
    from analysis_jobs.stages.record import preview_records, record_group
    from analysis_jobs.stages.task_deaths import died, read_death
    from analysis_jobs.store.opening import open_store

    death = read_death(options.death) if options.death else None
    lost = (died(entry, "upload", death) for entry in read_entries(options.batches))
    outcomes = list(read_outcomes(options.uploaded) if options.uploaded else lost)
    if options.dry_run:
        print("\n".join(json.dumps(record, indent=2) for record in preview_records(outcomes)))
    else:
        owner = read_launch(options.run)["owner"]
        bucket = open_bucket(options.bucket, options.write_profile)
        outcomes = record_group(outcomes, bucket, open_store(options.store, profile=options.write_profile), owner)
    write_lines(Path("settled.jsonl"), outcomes)
    count_failed(outcomes)


run_task(main)
