#!/usr/bin/env python
"""Put the jobs that waited for a first wave into batches, by what the jobs of that took."""

from argparse import ArgumentParser
from pathlib import Path

from analysis_jobs.process import outward, run_task, start_logging


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rest", type=Path, required=True, help="the file rest of DEDUPE")
    parser.add_argument(
        "--outcomes", type=Path, required=True, help="folder of outcomes of the first wave, if there are any"
    )
    options = parser.parse_args()
    start_logging()
    from analysis_jobs.jobs.outcome import read_outcome
    from analysis_jobs.stages.size import size

    outcomes = [read_outcome(path) for path in sorted(options.outcomes.glob("*.json"))]
    Path("note.txt").write_text(outward(size(options.rest, outcomes, Path("batches"))))


run_task(main)
