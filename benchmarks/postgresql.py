"""Measure DEDUPE of 10,000 done jobs with records in PostgreSQL and in SQLite, also with answers that are 100 ms late.

python benchmarks/postgresql.py [ROUNDS] [--jobs 10000] [--late 100]

Prints the table of docs/performance.md.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from measure import interleaved, median_ratio, median_seconds, row
from run import PROJECT, dedupe, records_of, write_jobs
from services import use

sys.path.insert(0, str(PROJECT / "tests"))


def main() -> None:
    """Measure and print."""
    from fakes.postgresql import PostgresqlServer
    from fakes.proxy import Proxy

    from analysis_jobs.store.opening import open_store

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--late", type=float, default=100, help="milliseconds by which every answer comes later")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        PostgresqlServer() as server,
        Proxy(f"127.0.0.1:{server.port}") as proxy,
    ):
        use(server.environment)
        place = Path(folder)
        jobs, store = write_jobs(place / "jobs", options.jobs), place / "store.sqlite"
        dedupe(jobs, place / "keys.sqlite", place / "keys")
        records = list(records_of(place / "keys"))
        open_store(str(store)).insert(records)
        open_store(server.url).insert(records)
        proxy.delay(options.late / 1000)
        late = server.url.replace(f"127.0.0.1:{server.port}", proxy.host)
        runs = {
            "records in SQLite": partial(dedupe, jobs, store, place / "sqlite"),
            "records in PostgreSQL": partial(dedupe, jobs, server.url, place / "postgresql"),
            f"the same, every answer {options.late:g} ms late": partial(dedupe, jobs, late, place / "late"),
        }
        found = interleaved(runs, options.rounds)
        for name in ("sqlite", "postgresql", "late"):
            counts = (place / name / "counts.txt").read_text()
            if f": {options.jobs:,} done" not in counts:
                raise SystemExit(f"not all jobs were done: {counts}")
    base = next(iter(found.values()))
    row(f"DEDUPE of {options.jobs:,} jobs that are all done", "seconds", "ratio")
    row("---", "---", "---")
    for name, measured in found.items():
        row(name, f"{median_seconds(measured):.2f}", f"{median_ratio(measured, base):.2f}×")
    print(f"\nround trips to PostgreSQL: {proxy.round_trips / options.rounds:g}, in each DEDUPE, with those to connect")


if __name__ == "__main__":
    main()
