"""Measure DEDUPE of 10,000 done jobs with records in PostgreSQL and in SQLite, also with answers that are 100 ms late.

python benchmarks/postgresql.py [ROUNDS] [--jobs 10000]

Prints the table of docs/performance.md.
"""

import argparse
import asyncio
import sys
import tempfile
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from measure import interleaved, median_ratio, median_seconds, row
from run import PROJECT, dedupe, records_of, write_jobs
from services import use

sys.path.insert(0, str(PROJECT / "tests"))

DELAY = 0.1  # seconds


def main() -> None:
    """Measure and print."""
    from fakes.postgresql import PostgresqlServer

    from analysis_jobs.store.opening import open_store

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, PostgresqlServer() as server:
        use(server.environment)
        place = Path(folder)
        jobs, store = write_jobs(place / "jobs", options.jobs), place / "store.sqlite"
        dedupe(jobs, place / "keys.sqlite", place / "keys")
        records = records_of(place / "keys")
        open_store(str(store)).insert(records)
        open_store(server.url).insert(records)
        late = server.url.replace(f":{server.port}/", f":{delayed(server.port)}/")
        runs = {
            "records in SQLite": partial(dedupe, jobs, store, place / "sqlite"),
            "records in PostgreSQL": partial(dedupe, jobs, server.url, place / "postgresql"),
            f"the same, every answer {DELAY * 1000:.0f} ms late": partial(dedupe, jobs, late, place / "late"),
        }
        found = interleaved(runs, options.rounds)
    base = next(iter(found.values()))
    row(f"DEDUPE of {options.jobs:,} jobs that are all done", "seconds", "ratio")
    row("---", "---", "---")
    for name, measured in found.items():
        row(name, f"{median_seconds(measured):.2f}", f"{median_ratio(measured, base):.2f}×")


def delayed(port: int) -> int:
    """Return the port of something that hands on to another one, with all answers late."""
    listening: list[int] = []
    ready = threading.Event()

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        with suppress(ConnectionError):
            while content := await reader.read(1 << 20):
                await asyncio.sleep(delay)
                writer.write(content)
                await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(hand_on(reader, far_writer, 0), hand_on(far_reader, writer, DELAY))

    async def serve() -> None:
        server = await asyncio.start_server(meet, "127.0.0.1", 0)
        listening.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()
    return listening[0]


if __name__ == "__main__":
    main()
