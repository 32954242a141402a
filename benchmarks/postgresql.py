"""Measure 10,000 done jobs with records in PostgreSQL and in SQLite, also with answers that are 100 ms late.

python benchmarks/postgresql.py [ROUNDS] [--jobs 10000] [--late 100]

Prints the tables of docs/performance.md: of DEDUPE alone, and of whole launches.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measure import Run, interleaved
from run import PROJECT, dedupe, pipeline, records_of, table, write_jobs
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
        stores = {
            "records in SQLite": str(store),
            "records in PostgreSQL": server.url,
            f"the same, every answer {options.late:g} ms late": late,
        }
        for what, counts, go in (
            ("DEDUPE alone", "counts.txt", lambda at: dedupe(jobs, at, place / "work")),
            ("Whole command", "output.txt", lambda at: pipeline(place / "work", jobs, "--store", at, fresh=True)),
        ):
            said = f": {options.jobs:,} done before"
            runs = {
                name: partial(_measured, partial(go, at), place / "work" / counts, said) for name, at in stores.items()
            }
            before = proxy.round_trips
            found = interleaved(runs, options.rounds)
            table(found, f"{what}, {options.jobs:,} jobs, all done before", digits=2)
            waited = (proxy.round_trips - before) / options.rounds
            print(f"\nround trips to PostgreSQL: {waited:g}, with those to connect\n")


def _measured(go: Callable[[], Run], output: Path, said: str) -> Run:
    """Measure what is done with jobs that are done, and see that it says so."""
    measured = go()
    if said not in output.read_text():
        raise SystemExit(f"not all jobs were done: {output.read_text()}")
    return measured


if __name__ == "__main__":
    main()
