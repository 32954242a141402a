"""Measure `analysis-jobs browse`: how soon it serves, how soon it shows a page, and how soon it filters.

python benchmarks/browse.py [ROUNDS] [--jobs 100000]

Prints the table of docs/performance.md. The store is a SQLite file, and nobody else writes to it. The seconds are those
of the processor, which somebody waits on a machine that does nothing else. In the start several threads read at the
same time, so it is told by the clock as well. The address is printed before all jobs are read, and pages wait for that.
All are compared with what Python's `json` takes in the same round to read every document, and nothing more: those of
the clock by the clock, those of the processor by that.
"""

import argparse
import json
import os
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from measure import row

from analysis_jobs.store.opening import open_store

FAILS = 20  # one job of so many
FILTERS = {
    "one state": "is:state=failed",
    "a parameter": "is:parameters.cutoff=0.1",
    "a range of an output": "min:outputs.rate_hz=5000&max:outputs.rate_hz=6000",
    "a text": "text=600221",
    "sorted by an output": "sort=-outputs.fraction",
}
START = "start, until the address is printed, by the clock"
READ_BY_CLOCK = "start, until a first page that was asked for at once is here, by the clock"
READ = "start, until all jobs are read"
FIRST, FILTER = "a page without a filter", "filter: "
ALLOWED = {START: 3.0, READ_BY_CLOCK: 4.0, FIRST: 1.0, FILTER: 0.5}  # seconds, of 100,000 jobs
BY_CLOCK = (START, READ_BY_CLOCK)


def main() -> None:
    """Make a store, and browse it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "records.sqlite")
        fill(store, given.jobs)
        rounds: list[dict[str, float]] = []
        bases: list[tuple[float, float]] = []
        for _ in range(given.rounds):
            bases.append(seconds_of_reading(store))
            rounds.append(browsed(store))
    memory = statistics.median(measured.pop("memory") for measured in rounds)
    base, by_clock = map(statistics.median, zip(*bases, strict=True))
    row(f"Browsing {given.jobs:,} jobs in SQLite, {memory / 1e6:.0f} MB", "seconds", "ratio", "of those allowed")
    row(*["---"] * 4)
    row("`json.loads` of every document", f"{base:.2f}, by the clock {by_clock:.2f}", "1.00×", "")
    for name in rounds[0]:
        seconds = statistics.median(measured[name] for measured in rounds)
        allowed = next(
            (f"{100 * seconds / most:.0f} %" for prefix, most in ALLOWED.items() if name.startswith(prefix)), ""
        )
        ratio = seconds / (by_clock if name in BY_CLOCK else base)
        row(name, f"{seconds:.2f}", f"{ratio:.2f}×", allowed)


def seconds_of_reading(store: Path) -> tuple[float, float]:
    """Return what it takes to read every document, and nothing more: of the processor, and by the clock."""
    started, began = time.process_time(), time.perf_counter()
    with sqlite3.connect(store) as connection:
        for table in ("job_states", "record_documents"):
            for (document,) in connection.execute(f"SELECT document FROM {table}"):
                json.loads(document)
    connection.close()
    return time.process_time() - started, time.perf_counter() - began


def browsed(store: Path) -> dict[str, float]:
    """Return the seconds of each thing that somebody does, and the bytes of memory after it."""
    began = time.perf_counter()
    with serving(store) as (address, process):
        measured = {START: time.perf_counter() - began}
        seconds_of(process, address, "/jobs")
        measured |= {READ_BY_CLOCK: time.perf_counter() - began, READ: processor_seconds(process)}
        measured[FIRST] = seconds_of(process, address, "/jobs")
        for name, query in FILTERS.items():
            measured[f"{FILTER}{name}"] = seconds_of(process, address, f"/jobs?{query}")
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident is not None
        return {**measured, "memory": int(resident[1]) * 1024}


@contextmanager
def serving(store: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield the address that the command printed, and its process."""
    command = [sys.executable, "-c", "from analysis_jobs.cli import main; main()", "browse"]
    process = subprocess.Popen(
        [*command, "--no-open", "--port", "0", "--store", str(store)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    address = next(line.split()[-1] for line in process.stdout if line.startswith("open http"))
    yield address, process
    process.send_signal(signal.SIGINT)
    process.communicate()


def seconds_of(process: "subprocess.Popen[str]", address: str, path: str) -> float:
    """Return what a page takes of the processor until it is here; with what is prepared meanwhile for the next ones."""
    base, _, token = address.partition("/?token=")
    request = urllib.request.Request(f"{base}{path}", headers={"authorization": f"token {token}"})
    before = processor_seconds(process)
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return processor_seconds(process) - before


def processor_seconds(process: "subprocess.Popen[str]") -> float:
    """Return what a process has used of the processor."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(path: Path, jobs: int) -> None:
    """Make a store of jobs as labs have them."""
    open_store(str(path))
    with sqlite3.connect(path) as connection:
        for number in range(jobs):
            state, record = documents(number)
            key = state["key"]
            connection.execute("INSERT INTO job_states VALUES (?, 'r', 's', ?)", [key, json.dumps(state)])
            if record:
                connection.execute(
                    "INSERT INTO record_documents VALUES (?, ?, ?)", [key, record["location"], json.dumps(record)]
                )
    connection.close()


def documents(number: int) -> tuple[dict, dict | None]:
    """Return the state of a job and, unless it failed, its record, as large as those of the pipeline."""
    key = sha256(str(number).encode()).hexdigest()
    recording = number // 4
    asset = f"ecephys_{600000 + recording // 100}_2026-01-{1 + recording % 28:02}_12-{recording % 60:02}-00_sorted"
    url = f"s3://aind-open-data/{asset}/nwb/experiment1.nwb.zarr"
    parameters = {"analysis_name": "unit quality", "analysis_tag": "v1", "cutoff": number % 4 / 10, "order": 3}
    when = f"2026-0{1 + number % 9}-{1 + number % 28:02}T{number % 24:02}:04:{number % 60:02}+00:00"
    parts = {"key_version": 1, "inputs": [url], "parameters": parameters, "code": f"sha256:{key}"}
    state = {
        "_id": key, "key": key, "state": "done", "attempt": 1, "revision": "r", "changed": when, "started": when,
        "ended": when, "seconds": 10.0 + number % 97, "parts": parts, "owner": {"session": "s", "process": None},
    }  # fmt: skip
    if number % FAILS == 0:
        message = f"unit {number} of {asset} has 3 spikes"
        error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": message}
        logs = {"traceback": '  File "analysis.py", line 3, in run_analysis\n' * 20, "log_tail": "reading\n" * 100}
        return {**state, "state": "failed", "error": {**error, **logs}}, None
    outputs = {
        "good_units": number % 300, "rate_hz": number / 7, "fraction": number % 1000 / 1000, "note": "ok",
        "by_area": {"VISp": number % 50, "CA1": number % 60},
    }  # fmt: skip
    process = {
        "name": "unit quality", "pipeline_name": "aind-analysis-jobs", "start_date_time": when, "end_date_time": when,
        "code": {"version": "1", "parameters": parameters, "input_data": [{"url": url}]},
        "output_parameters": outputs, "notes": "n" * 1_500, "resources": {"os": "Linux", "ram": 0.2},
    }  # fmt: skip
    location = f"/out/analyses/{key}"
    return state, {"_id": key, "location": location, "processing": {"data_processes": [process]}}


if __name__ == "__main__":
    main()
