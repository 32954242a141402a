"""Measure the commands that look after bucket and store, on 10,000 jobs on a disk and SQLite, and in S3 and DocDB.

python benchmarks/upkeep.py [ROUNDS] [--jobs 10000]

Prints the table of docs/performance.md: seconds, and how many times what `analysis-jobs list` of the same jobs takes in
the same round. Three of four jobs are of old code, which newer code has replaced.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from measure import Run, median_ratio, median_seconds, row, run
from run import PROJECT

sys.path.insert(0, str(PROJECT / "tests"))

from support.samples import RUN, outcome

from analysis_jobs.bucket.manifests import content_digest
from analysis_jobs.bucket.names import LOG, MANIFEST, RECORD_FILE
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.build import build_record
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.states import new_state

VERSIONS = 4
CONTENT = b"1,2\n" * 100
LAUNCH = {**RUN, "pipeline": {**RUN["pipeline"], "name": PIPELINE_NAME}}
PROGRAM = [sys.executable, "-c", "from analysis_jobs.cli import main; main()"]


def main() -> None:
    """Fill both places, and run each command there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=10_000)
    given = parser.parse_args()
    row(f"{given.jobs:,} jobs", "disk and SQLite, s", "ratio", "S3 and DocDB, s", "ratio", "requests to DocDB")
    row(*["---"] * 6)
    found = {place: defaultdict[str, list[Run]](list) for place in ("disk", "services")}
    requests: dict[str, int] = {}
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            measure_all(Disk(Path(folder)), given.jobs, found["disk"], requests)
        with tempfile.TemporaryDirectory() as folder, services(Path(folder)) as place:
            measure_all(place, given.jobs, found["services"], requests)
    bases = {place: runs["`list`"] for place, runs in found.items()}
    for name in found["disk"]:
        cells = [
            text
            for place in ("disk", "services")
            for text in (
                f"{median_seconds(found[place][name]):.1f}", f"{median_ratio(found[place][name], bases[place]):.2f}×",
            )
        ]  # fmt: skip
        row(name, *cells, requests[name])


class Disk:
    """A folder and a SQLite file."""

    def __init__(self, folder: Path) -> None:
        """Take where they are to be."""
        self.folder = folder
        self.options = ["--bucket", str(folder / "analyses"), "--store", str(folder / "records.sqlite")]

    def fill(self, jobs: int) -> None:
        """Put jobs that are done there, in place of what there is."""
        shutil.rmtree(self.folder / "analyses", ignore_errors=True)
        (self.folder / "records.sqlite").unlink(missing_ok=True)
        manifests = [manifest_of(number, str(self.folder / "analyses")) for number in range(jobs)]
        for manifest in manifests:
            place = Path(manifest["location"])
            place.mkdir(parents=True)
            for name, content in contents_of(manifest):
                (place / name).write_bytes(content)
            (place / MANIFEST).write_text(json.dumps(manifest))
        record(manifests, str(self.folder / "records.sqlite"))

    @property
    def requests(self) -> int:
        """Nobody is asked."""
        return 0


class Services:
    """S3 and DocDB, as tests have them."""

    def __init__(self, s3: Any, docdb: Any, folder: Path) -> None:
        """Take the servers."""
        self.s3, self.docdb, self.folder = s3, docdb, folder
        self.options = ["--bucket", "s3://bench/results", "--store", "docdb"]
        s3.make_bucket("bench")
        self.client = s3.client()

    def fill(self, jobs: int) -> None:
        """Put jobs that are done there, in place of what there is."""
        self.docdb.empty()
        manifests = [manifest_of(number, "s3://bench/results") for number in range(jobs)]
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(self._put, manifests))
        record(manifests, "docdb")

    def _put(self, manifest: dict[str, Any]) -> None:
        below = manifest["location"].removeprefix("s3://bench/")
        for name, content in contents_of(manifest):
            self.client.put_object(Bucket="bench", Key=f"{below}/{name}", Body=content)
        manifest_key = f"results/{manifest['key']}/{MANIFEST}"
        self.client.put_object(Bucket="bench", Key=manifest_key, Body=json.dumps(manifest).encode())

    @property
    def requests(self) -> int:
        """How often the database was asked since this was read last."""
        count = len(self.docdb.requests)
        self.docdb.requests.clear()
        return count


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Start both servers, and let all commands find them."""
    from fakes.docdb import DocDBServer
    from fakes.s3 import S3Server

    with ExitStack() as stack:
        s3, docdb = stack.enter_context(S3Server()), stack.enter_context(DocDBServer())
        environment = {**s3.environment, **docdb.environment, "DOCDB_COLLECTION": "bench"}
        before = dict(os.environ)
        os.environ.update(environment)
        yield Services(s3, docdb, folder)
        os.environ.clear()
        os.environ.update(before)


def measure_all(place: Disk | Services, jobs: int, found: dict[str, list[Run]], requests: dict[str, int]) -> None:
    """Run each command, the reports before those that remove."""
    key = manifest_of(0, "/x")["key"]
    commands = {
        "`list`": ["list", *place.options[2:]],
        "`fsck --sizes-only`": ["fsck", "--sizes-only", *place.options],
        "`collect --superseded`, a report": ["collect", "--superseded", *place.options],
        f"`collect --superseded --yes`, of {jobs - jobs // VERSIONS:,}": [
            "collect", "--superseded", "--yes", *place.options
        ],
        f"`forget --state done --yes`, of {jobs:,}": ["forget", "--state", "done", "--yes", *place.options],
        "`history` of one": ["history", key, *place.options[2:]],
    }  # fmt: skip
    for name, command in commands.items():
        if name == "`list`" or command[0] == "forget":
            place.fill(jobs)
        os.sync()
        _ = place.requests
        found[name].append(run([*PROGRAM, *command], place.folder))
        requests[name] = place.requests
        print(f"{type(place).__name__}: {name}: {found[name][-1]}, {requests[name]} requests", file=sys.stderr)


def manifest_of(number: int, bucket: str) -> dict[str, Any]:
    """Return the manifest of a job; jobs of one recording are of one version of the code after another."""
    recording, version = divmod(number, VERSIONS)
    key = sha256(str(number).encode()).hexdigest()
    inputs = [f"s3://recordings/session_{recording}.nwb"]
    parameters = {"analysis_name": "unit quality", "cutoff": 0.5}
    lines = [{"path": name, "size": len(CONTENT), "sha256": sha256(CONTENT).hexdigest()} for name in (LOG, "rates.csv")]
    below = f"/{content_digest(lines)}" if bucket.startswith("s3://") else ""
    more = {
        "job": {"s3_location": inputs}, "ended": f"2026-0{version + 1}-02T03:04:15+00:00",
        "parts": {"key_version": 1, "inputs": inputs, "parameters": parameters, "code": f"version:{version}"},
        "manifest_version": 1, "run": LAUNCH, "location": f"{bucket}/{key}{below}", "files": lines,
    }  # fmt: skip
    return outcome(key, **more)


def contents_of(manifest: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files of a result, beside the manifest."""
    for line in manifest["files"]:
        yield line["path"], CONTENT
    yield RECORD_FILE, json.dumps(build_record(manifest)).encode()


def record(manifests: list[dict[str, Any]], place: str) -> None:
    """Record jobs as RECORD does, in chunks."""
    store = open_store(place)
    for start in range(0, len(manifests), 1_000):
        some = manifests[start : start + 1_000]
        assert not store.insert([build_record(manifest) for manifest in some])
        owner = {"session": "bench", "process": None}
        assert not store.settle([new_state(one["key"], "done", 1, one["parts"], owner=owner) for one in some], "bench")


if __name__ == "__main__":
    main()
