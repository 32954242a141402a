"""Measure very many jobs: new ones in one launch, and DEDUPE of jobs that are done, for docs/performance.md.

Usage: scale.py [--new JOBS] [--done JOBS] [OPTION ...]    (both by default; other options are of the launch)

The 100,000 new jobs take hours and some millions of files below TMPDIR, the 1,000,000 that are done some ten gigabytes.
"""

import json
import os
import sqlite3
import sys
import tempfile
import zipfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from measure import Run, row, run, settings_of_launcher
from run import PROJECT, dedupe, fill, pipeline, write_jobs

HEAP = "1g"  # of Nextflow
STAGES = ("dedupe.py", "analyze.py", "upload.py", "record.py", "summarize.py")
ENDED = "SELECT document ->> '$.processing.data_processes[0].end_date_time' FROM record_documents ORDER BY 1"


class Watch(Thread):
    """The peak memory of processes that run below a folder, by the names of their programs."""

    def __init__(self, place: Path) -> None:
        super().__init__(daemon=True)
        self.place, self.peaks, self._over = place.resolve(), Counter[str](), Event()

    def run(self) -> None:
        """Look at all processes, until `stop`."""
        while not self._over.wait(0.2):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError, StopIteration):  # it has ended
                    self._look(process)

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()

    def _look(self, process: Path) -> None:
        if not (process / "cwd").readlink().is_relative_to(self.place):
            return
        words = [Path(word).name for word in (process / "cmdline").read_text().split("\0")]
        name = next(word for word in words[:4] if word in (*STAGES, "java"))
        line = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM"))
        self.peaks[name] = max(self.peaks[name], int(line.split()[1]) * 1024)


def measure_new(place: Path, count: int, options: list[str]) -> None:
    """One launch of new jobs, and what came of it."""
    os.environ["NXF_OPTS"] += f" -Xmx{HEAP}"
    jobs, launch = write_jobs(place / "jobs", count), place / "launch"
    watch = Watch(place)
    watch.start()
    taken = pipeline(launch, jobs, *options, fresh=True)
    watch.stop()
    row(f"{count:,} new jobs, {' '.join(options) or 'default settings'}", "")
    row("---", "---")
    for what, value in of_launch(launch, count, taken, watch.peaks):
        row(what, value)


def of_launch(launch: Path, count: int, taken: Run, peaks: Counter[str]) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of a launch: what, and how much."""
    yield "minutes", f"{taken.seconds / 60:.1f}"
    yield "milliseconds of processors for a job", f"{taken.cpu_seconds / count * 1000:.1f}"
    first, last = tenths(launch / "results" / "records.sqlite")
    yield "seconds for 10,000 jobs, of the first tenth", f"{first * 10_000:.0f}"
    yield "of the last tenth", f"{last * 10_000:.0f}, {last / first:.2f}×"
    yield f"memory of Nextflow (heap: {HEAP} at most), MB", f"{peaks['java'] / 1e6:.0f}"
    yield from ((f"memory of {stage}, MB", f"{peaks[stage] / 1e6:.0f}") for stage in STAGES)
    yield "lines on the console", f"{lines_of(launch / 'output.txt'):,}"
    yield "`.nextflow.log`, MB", f"{megabytes(launch / '.nextflow.log'):.2f}"
    yield "files in the work folder, for a job", f"{sum(1 for _ in (launch / 'work').rglob('*')) / count:.1f}"
    yield "`jobs.tsv`, lines", f"{lines_of(launch / 'results' / 'jobs.tsv'):,}"
    yield "`report.html`, MB", f"{megabytes(launch / 'results' / 'report.html'):.1f}"
    listed = run(["analysis-jobs", "list", "--outdir", launch / "results"], launch)
    yield "`analysis-jobs list`, seconds and MB", f"{listed.seconds:.1f}, {listed.peak_memory / 1e6:.0f}"


def tenths(store: Path) -> tuple[float, float]:
    """Return the seconds for a job, of the first tenth of those that ended and of the last."""
    with closing(sqlite3.connect(store)) as connection:
        ended = [datetime.fromisoformat(text) for (text,) in connection.execute(ENDED)]
    tenth = len(ended) // 10
    first, last = ended[tenth] - ended[0], ended[-1] - ended[-1 - tenth]
    return first.total_seconds() / tenth, last.total_seconds() / tenth


def measure_done(place: Path, count: int) -> None:
    """DEDUPE, the script alone, of jobs that are all done."""
    jobs, store = packed(place / "jobs.zip", count), place / "store.sqlite"
    fill(jobs, store, place / "fill")
    taken = dedupe(jobs, store, place / "dedupe")
    counted = (place / "dedupe" / "counts.txt").read_text().splitlines()[0]
    row(f"DEDUPE of {counted}", "")
    row("---", "---")
    row("minutes", f"{taken.seconds / 60:.1f}")
    row("seconds of processors", f"{taken.cpu_seconds:.1f}")
    row("memory, MB", f"{taken.peak_memory / 1e6:.0f}")
    row("the store, MB", f"{megabytes(store):.0f}")
    taken = summarize(place / "dedupe", place / "summarize")
    row("SUMMARIZE, seconds of processors", f"{taken.cpu_seconds:.1f}")
    row("its memory, MB", f"{taken.peak_memory / 1e6:.0f}")
    sizes = (f"{megabytes(place / 'summarize' / name):.0f}" for name in ("jobs.tsv", "report.html"))
    row("`jobs.tsv` and `report.html`, MB", ", ".join(sizes))


def summarize(decided: Path, folder: Path) -> Run:
    """Run bin/summarize.py on what DEDUPE wrote, as where nothing was left to do."""
    (folder / "settled").mkdir(parents=True)
    files = ["--decisions", decided / "decisions.jsonl", "--run", decided / "run.json", "--settled", "settled"]
    return run([sys.executable, PROJECT / "bin" / "summarize.py", *files], folder)


def packed(path: Path, count: int) -> Path:
    """Write job files into a pack, as a launch does for DEDUPE."""
    with zipfile.ZipFile(path, "w") as pack:
        for number in range(count):
            job = {"s3_location": [f"s3://bucket/asset_{number}"], "asset_id": [str(number)]}
            pack.writestr(f"{number}.json", json.dumps(job))
    return path


def lines_of(path: Path) -> int:
    """Count the lines of a file."""
    with path.open() as lines:
        return sum(1 for _ in lines)


def megabytes(path: Path) -> float:
    """Return the size of a file."""
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--new", type=int, default=0)
    parser.add_argument("--done", type=int, default=0)
    wanted, options = parser.parse_known_args()
    if not (wanted.new or wanted.done):
        wanted.new, wanted.done = 100_000, 1_000_000
    settings_of_launcher()
    print(f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if wanted.done:
            (Path(folder) / "done").mkdir()
            measure_done(Path(folder) / "done", wanted.done)
            print()
        if wanted.new:
            (Path(folder) / "new").mkdir()
            measure_new(Path(folder) / "new", wanted.new, options)
