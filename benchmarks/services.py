"""Measure publishing to S3 and recording in DocDB, on real servers here, and print tables of docs/performance.md.

Usage: services.py [publish] [dedupe] [delay] [jobs]    (all of them by default)
"""

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Run, interleaved, measure, median_ratio, median_seconds, row, run
from run import PROJECT, ROUNDS, dedupe, pipeline, records_of, table, write_jobs

sys.path.insert(0, str(PROJECT / "tests"))  # before this folder, whose services.py this is

if TYPE_CHECKING:
    from fakes.docdb import DocDBServer
    from fakes.proxy import Proxy

COLLECTION = "bench"
DELAY = 0.1  # seconds
PUBLISH = """
import sys
from pathlib import Path
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.bucket.opening import open_bucket
folder, url, key = sys.argv[1:]
files = [ResultFile(path.name, path) for path in sorted(Path(folder).iterdir())]
published = open_bucket(url).publish(key, files, {"key": key})
assert len(published["files"]) == len(files)
"""


def use(environment: dict[str, str]) -> None:
    """Let all commands find a server, and nothing of the tester's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "S3_", "ANALYSIS_", "DOCDB_"))]:
        if name not in environment and name != "AWS_ENDPOINT_URL":
            del os.environ[name]
    os.environ.update(environment)


def measure_publish(place: Path) -> None:
    """1,000 small files and one large one, in a process of its own, against `s5cmd cp`."""
    from fakes.s3 import S3Server

    folders = {"1,000 files of 10 KB": files(place / "small", 1000, 10_000)}
    folders["1 file of 512 MB"] = files(place / "large", 1, 512_000_000)
    row("Publishing to S3", "seconds", "ratio", "peak memory, MB")
    row("---", "---", "---", "---")
    with S3Server() as s3:
        use(s3.environment)
        s3.make_bucket("bench")
        number = count()
        for what, folder in folders.items():
            runs = {
                f"{what}, `s5cmd cp`": lambda folder=folder: settled(place, s5cmd(folder, next(number))),
                f"{what}, `publish`, with SHA-256": lambda folder=folder: settled(place, publish(folder, next(number))),
            }
            interleaved(runs, 1)  # the first writes to a new bucket are slower
            peak_row(interleaved(runs, 2 * ROUNDS + 1))


def files(folder: Path, number: int, size: int) -> Path:
    """Write files of bytes that cannot be compressed."""
    folder.mkdir()
    for name in range(number):
        with (folder / f"{name:04}.bin").open("wb") as file:
            for start in range(0, size, 2**20):
                file.write(os.urandom(min(2**20, size - start)))
    return folder


def settled(place: Path, command: list[str | Path]) -> Run:
    """Run a command after what was written before has reached the disk."""
    os.sync()
    return run(command, place)


def s5cmd(folder: Path, number: int) -> list[str | Path]:
    program = Path(sys.executable).with_name("s5cmd")
    return [
        program,
        "--log",
        "error",
        "--endpoint-url",
        os.environ["AWS_ENDPOINT_URL"],
        "cp",
        f"{folder}/",
        f"s3://bench/s5cmd/{number}/",
    ]


def publish(folder: Path, number: int) -> list[str | Path]:
    return [sys.executable, "-c", PUBLISH, folder, "s3://bench/published", str(number)]


def peak_row(found: dict[str, list[Run]]) -> None:
    base = next(iter(found.values()))
    for name, runs in found.items():
        peak = max(one.peak_memory for one in runs) / 1e6
        row(name, f"{median_seconds(runs):.2f}", f"{median_ratio(runs, base):.2f}×", f"{peak:.0f}")


def measure_dedupe(place: Path) -> None:
    """DEDUPE alone over 10,000 jobs that are all done, with records in DocDB and in SQLite."""
    from fakes.docdb import DocDBServer

    from analysis_jobs.store.opening import open_store

    jobs = write_jobs(place / "jobs", 10_000)
    sqlite = place / "store.sqlite"
    records = records_of_jobs(jobs, place)
    open_store(str(sqlite)).insert(records)
    with DocDBServer() as docdb:
        use({**docdb.environment, "DOCDB_COLLECTION": COLLECTION})
        docdb.collection(COLLECTION).insert_many(records)
        asked: list[int] = []
        runs = {
            "10,000 jobs, SQLite": partial(dedupe, jobs, sqlite, place / "work"),
            "10,000 jobs, DocDB": lambda: counting(docdb, asked, partial(dedupe, jobs, "docdb", place / "work")),
            "the questions": lambda: straight(docdb, [str(record["_id"]) for record in records]),
        }
        found = interleaved(runs, ROUNDS)
    row("DEDUPE of jobs that are all done", "seconds", "ratio", "requests")
    row("---", "---", "---", "---")
    base, ours, alone = found.values()
    row("10,000 jobs, records in SQLite", f"{median_seconds(base):.1f}", "1.00×", "")
    row("10,000 jobs, records in DocDB", f"{median_seconds(ours):.1f}", f"{median_ratio(ours, base):.2f}×", max(asked))
    what = "of that the stand-in's database, asked by hand for the same"
    row(what, f"{median_seconds(alone):.1f}", f"{median_ratio(alone, base):.2f}×", "")


def records_of_jobs(jobs: Path, place: Path) -> list[dict[str, object]]:
    """Return a record for each of the jobs."""
    dedupe(jobs, place / "keys.sqlite", place / "keys")
    return list(records_of(place / "keys"))


def counting(docdb: "DocDBServer", asked: list[int], one: Callable[[], Run]) -> Run:
    """Count the requests of a run."""
    docdb.requests.clear()
    done = one()
    asked.append(len(docdb.requests))
    return done


def straight(docdb: "DocDBServer", keys: list[str]) -> Run:
    """Ask the database itself what DEDUPE asks through the API: it compares every record with every key."""
    from analysis_jobs.stages.dedupe.planner import CHUNK

    started = time.perf_counter()
    for start in range(0, len(keys), CHUNK):
        match = {"$match": {"_id": {"$in": keys[start : start + CHUNK]}}}
        found = list(docdb.collection(COLLECTION).aggregate([match, {"$project": {"location": 1}}]))
        assert len(found) == CHUNK
    return Run(time.perf_counter() - started, 0)


def measure_delay(place: Path) -> None:
    """The whole pipeline over 1,000 jobs that are all done, with answers of DocDB that are late."""
    from fakes.docdb import DocDBServer

    jobs = write_jobs(place / "jobs", 1_000)
    records = records_of_jobs(jobs, place)
    with DocDBServer() as docdb:
        use({**docdb.environment, "DOCDB_COLLECTION": COLLECTION})
        docdb.collection(COLLECTION).insert_many(records)

        def launch(delay: float) -> Run:
            docdb.faults.delay = delay
            return pipeline(place / "launched", jobs, "--store", "docdb", fresh=False)

        runs = {"DocDB at once": partial(launch, 0), f"every answer {1000 * DELAY:.0f} ms late": partial(launch, DELAY)}
        found = interleaved(runs, 2 * ROUNDS - 1)
    table(found, "Whole command, 1,000 jobs, all done before")
    base, late = found.values()
    added = statistics.median(one.seconds - other.seconds for one, other in zip(late, base, strict=True))
    print(f"\nThe delay adds {added:.1f} s (median of the differences in each round).")


class Launches:
    """Launches of the whole pipeline with S3 and DocDB; what each asked of them."""

    def __init__(self, place: Path, docdb: "DocDBServer", proxy: "Proxy") -> None:
        self.place, self.docdb, self.proxy = place, docdb, proxy
        self.asked: dict[str, tuple[int, int]] = {}
        self._number = count()

    def new(self, jobs: Path) -> Run:
        """Launch jobs that nobody knows."""
        self.docdb.empty()
        return self._launch("new", jobs, f"s3://bench/{next(self._number)}")

    def done(self, jobs: Path) -> Run:
        """Launch the same jobs again, in another folder and without Nextflow's cache."""
        return self._launch("done", jobs, f"s3://bench/{next(self._number)}")

    def _launch(self, what: str, jobs: Path, bucket: str) -> Run:
        self.docdb.requests.clear()
        self.proxy.clear()
        options = ["--bucket", bucket, "--store", "docdb", "--jobs_per_task", "25"]
        found = pipeline(self.place / what, jobs, *options, fresh=True)
        self.asked[what] = self.proxy.requests, len(self.docdb.requests)
        return found


def measure_jobs(place: Path) -> None:
    """What a job costs: new ones, and then the same again, with S3 and DocDB and with files."""
    from fakes.docdb import DocDBServer
    from fakes.proxy import Proxy
    from fakes.s3 import S3Server

    number = 1_000
    jobs = write_jobs(place / "jobs", number)
    kept = place / "kept"

    def local(what: str) -> Run:
        if what == "new":
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
        options = ["--bucket", kept / "bucket", "--store", kept / "records.sqlite", "--jobs_per_task", "25"]
        return pipeline(place / "local", jobs, *map(str, options), fresh=True)

    with S3Server() as s3, Proxy(s3.url) as proxy, DocDBServer() as docdb:
        use({**s3.environment, **docdb.environment, "DOCDB_COLLECTION": COLLECTION, "AWS_ENDPOINT_URL": proxy.url})
        s3.make_bucket("bench")
        launches = Launches(place, docdb, proxy)
        found: dict[str, list[Run]] = {"new": [], "done": [], "local new": [], "local done": []}
        for turn in range(ROUNDS):
            for where in ("", "local ") if turn % 2 else ("local ", ""):
                for what in ("new", "done"):  # the second finds what the first has done
                    one = partial(local, what) if where else partial(getattr(launches, what), jobs)
                    found[where + what].append(one())
    per_job_rows(found, launches.asked, number)


def per_job_rows(found: dict[str, list[Run]], asked: dict[str, tuple[int, int]], number: int) -> None:
    row("Per job", "seconds", "requests to DocDB", "requests to S3")
    row("---", "---", "---", "---")
    # As measured by others, without latency; it is not run here.
    row("original wrapper, new", "0.12 to 0.5", "", "")
    row("original wrapper, done before", "0.09 to 0.4", "2", "")
    for what, runs in found.items():
        in_s3, in_docdb = (f"{each / number:.3f}" for each in asked[what]) if what in asked else ("", "")
        where = "folder and SQLite" if "local" in what else "S3 and DocDB"
        kind = "new, `--jobs_per_task 25`" if "new" in what else "done before"
        row(f"of {number:,}, {where}, {kind}", f"{median_seconds(runs) / number:.4f}", in_docdb, in_s3)
    for what, (in_s3, in_docdb) in asked.items():
        print(f"\nA whole launch of {number:,} jobs, {what}: {in_docdb} requests to DocDB, {in_s3} to S3.")


MEASUREMENTS = {
    "publish": measure_publish,
    "dedupe": measure_dedupe,
    "delay": measure_delay,
    "jobs": measure_jobs,
}


if __name__ == "__main__":
    measure(MEASUREMENTS, sys.argv[1:])
