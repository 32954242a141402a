"""Measure how long it takes to look at 10,000 inputs in S3, and print the table of docs/performance.md."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Run, interleaved, median_seconds, row, run
from run import PROJECT, ROUNDS
from services import use

sys.path.insert(0, str(PROJECT / "tests"))

INPUTS = 10_000  # half of them files, and half Zarr stores of two files
BUCKET = "recordings"
SIZE = 100  # bytes of each object: what is in them is not read
MOST_SECONDS, MOST_BYTES = 20, 300_000_000  # that this may take
LOOK = """
import sys
from pathlib import Path
from analysis_jobs.recordings.inputs import Inputs
looked = Inputs().look(Path(sys.argv[1]).read_text().split(), identify=sys.argv[2] == "identity")
assert {one.state for one in looked.values()} == {"there"}, looked
assert sys.argv[2] == "exists" or all(one.identity for one in looked.values())
"""
FILES = [f"files/{number}.nwb" for number in range(INPUTS // 2)]
STORES = [f"stores/{number}.nwb.zarr" for number in range(INPUTS // 2)]


def main() -> None:
    from fakes.s3 import S3Server

    with TemporaryDirectory() as folder, S3Server() as s3:
        use(s3.environment)
        s3.make_bucket(BUCKET)
        put = partial(s3.client(max_pool_connections=16).put_object, Bucket=BUCKET, Body=bytes(SIZE))
        names = [*FILES, *(f"{store}/{name}" for store in STORES for name in (".zgroup", "data/0.0"))]
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda name: put(Key=name), names))
        locations = Path(folder, "locations")
        locations.write_text("\n".join(f"s3://{BUCKET}/{name}" for name in FILES + STORES))
        ways = ("exists", "identity")
        runs = {how: partial(run, [sys.executable, "-c", LOOK, locations, how], Path(folder)) for how in ways}
        tell(interleaved(runs, ROUNDS))


def tell(found: dict[str, list[Run]]) -> None:
    """Print the table, and end with status 1 where it took too much."""
    row("10,000 inputs in S3", "seconds", "peak memory, MB")
    row("---", "---", "---")
    seconds = {how: median_seconds(runs) for how, runs in found.items()}
    peaks = {how: max(one.peak_memory for one in runs) for how, runs in found.items()}
    for how in found:
        row(f"`--check_inputs {how}`", f"{seconds[how]:.1f}", round(peaks[how] / 1e6))
    if max(seconds.values()) > MOST_SECONDS or max(peaks.values()) > MOST_BYTES:
        sys.exit(f"it may take {MOST_SECONDS} s and {MOST_BYTES / 1e6:g} MB; the load is {os.getloadavg()}")


if __name__ == "__main__":
    main()
