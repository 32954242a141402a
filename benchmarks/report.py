"""Measure the report: how large it is, how long it takes to write, and how soon a browser shows it.

python benchmarks/report.py [ROUNDS]

Prints the tables of docs/performance.md. Needs Chromium.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from measure import row
from playwright.sync_api import Browser, sync_playwright

from analysis_jobs.report.account import closing_line
from analysis_jobs.report.links import Links
from analysis_jobs.report.report import write_report
from analysis_jobs.report.run import Run
from analysis_jobs.report.thumbnails import Images

JOBS = (3, 1_000, 10_000, 100_000)
RECORDING_JOBS = 4  # parameter sets of each recording
FAILS = 20  # one job of so many
ALLOWED_SECONDS, ALLOWED_MB = 3, 20  # of 10,000 jobs


def main() -> None:
    """Measure reports of several sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    rounds = parser.parse_args().rounds
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("there is no Chromium on PATH; install it (apt-get install chromium)")
    row("Report of", "MB", "seconds to write", "seconds until it can be searched", "of those allowed")
    row(*["---"] * 5)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for jobs in JOBS:
            measure(jobs, rounds, Path(folder) / "report.html", browser)
        browser.close()


def measure(jobs: int, rounds: int, path: Path, browser: Browser) -> None:
    """Write and open a report, round after round, and print the medians."""
    run = run_of([job(number) for number in range(jobs)])
    writing, loading = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        write_report(run, Images(), Links("/out"), path)
        writing.append(time.perf_counter() - started)
        loading.append(seconds_to_load(path, browser))
    size, seconds = path.stat().st_size / 1e6, statistics.median(loading)
    allowed = f"{100 * seconds / ALLOWED_SECONDS:.0f} %, {100 * size / ALLOWED_MB:.0f} % of the size"
    row(f"{jobs:,} jobs", f"{size:.1f}", f"{statistics.median(writing):.2f}", f"{seconds:.2f}", allowed)


def seconds_to_load(path: Path, browser: Browser) -> float:
    """Return how long a fresh browser tab takes until the table and the plots in the window are there."""
    page = browser.new_page()
    started = time.perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector(".dt-info")
    page.wait_for_selector("#output-plots .plot canvas", state="attached")
    seconds = time.perf_counter() - started
    page.close()
    return seconds


def job(number: int) -> dict[str, Any]:
    """Return the row of a job as labs have them; one of `FAILS` failed, with a traceback and a log."""
    key = sha256(str(number).encode()).hexdigest()
    asset = f"ecephys_{number // RECORDING_JOBS:06}_2026-01-01_12-00-00_sorted_2026-01-02_08-00-00"
    failed = number % FAILS == 0
    error = {
        "stage": "analyze",
        "cause": "analysis",
        "type": "ValueError",
        "message": f"unit {number} of {asset} has 3 spikes",
        "traceback": f'  File "analysis.py", line {number}, in run_analysis\n' * 20,
        "log_tail": f"reading unit {number}\n" * 100,
    }
    return {
        "file": f"{key[:8]}-{key[8:12]}-{key[12:16]}.json",
        "key": key,
        "state": "failed" if failed else "done",
        "decision": "run",
        "reason": f"analysis: ValueError: {error['message']}" if failed else "computed",
        "attempt": 1,
        "seconds": 10 + number % 97,
        "peak_memory_bytes": 200_000_000 + 1_000 * (number % 10_007),
        "location": "" if failed else f"/out/analyses/{key}",
        "inputs": [f"s3://aind-open-data/{asset}/nwb/experiment1.nwb.zarr"],
        "parameters": {"analysis_name": "unit quality", "analysis_tag": "v1", "cutoff": number % 4 / 10},
        "outputs": None if failed else {"units": number % 300, "rate_hz": number / 7, "noise": {"uv": number % 11}},
        "label": f"{asset} · cutoff={number % 4 / 10}",
        "subject": f"{number // RECORDING_JOBS:06}",
        "acquired": "2026-01-01T12:00:00",
        **({"error": error} if failed else {}),
    }


def run_of(rows: Iterable[dict[str, Any]]) -> Run:
    """Return a run that ended with these rows."""
    listed = list(rows)
    packages = {f"package_{number}": "1.2.3" for number in range(200)}
    environments = Counter({json.dumps({"python": "3.11", "packages": packages}): len(listed)})
    return Run(listed, closing_line(listed, dry_run=False), {}, environments, datetime.now(UTC))


if __name__ == "__main__":
    main()
