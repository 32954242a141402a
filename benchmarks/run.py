"""Measure what the pipeline costs beside the analyses, and print these tables of docs/performance.md.

Usage: run.py [jobs] [done] [dedupe] [start] [nextflow] [instance] [services]    (all of them by default)
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from measure import Run, interleaved, measure, median_ratio, median_seconds, row, run

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
ANALYSIS = HERE / "trivial_analysis.py"
ROUNDS = 3


def write_jobs(folder: Path, count: int, first: int = 0) -> Path:
    """Write small job files into one folder, with numbers from `first` on."""
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        job = {"s3_location": [f"s3://bucket/asset_{number}"], "asset_id": [str(number)]}
        (folder / f"{number}.json").write_text(json.dumps(job))
    return folder


def pipeline(place: Path, jobs: Path, *options: str, fresh: bool, may_fail: bool = False) -> Run:
    """Launch the pipeline; `fresh` forgets everything before."""
    if fresh:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    return run(
        [
            "nextflow",
            "run",
            PROJECT / "main.nf",
            "--jobs",
            jobs,
            "--analysis",
            ANALYSIS,
            "--check_inputs",
            "none",  # they are nowhere
            "-ansi-log",
            "false",
            *options,
        ],
        place,
        may_fail=may_fail,
    )


def launched_before(place: Path, first: int) -> Path:
    """Launch a few jobs with numbers from `first` on, and return where that was."""
    pipeline(place / "before", write_jobs(place / "others", 9, first), fresh=True)
    return place / "before"


def known(place: Path, jobs: Path, before: Path) -> Run:
    """Launch with a store that remembers other jobs of the analysis."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(before / "results", place / "results")
    return pipeline(place, jobs, fresh=False)


def bare(
    place: Path, tasks: int, *options: str, fresh: bool, failing: int = 0, launcher: str | Path = "nextflow"
) -> Run:
    """Launch the bare Nextflow pipeline, in which every so many-th task is `failing`."""
    if fresh:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    numbers = ["--tasks", str(tasks), "--failing", str(failing)]
    return run([launcher, "run", HERE / "bare.nf", *numbers, "-ansi-log", "false", *options], place)


def plain_launcher(place: Path) -> Path:
    """Return a launcher that starts Nextflow as its own one does: its jars as they are, no archive of classes."""
    ours = Path(shutil.which("nextflow") or "").resolve()
    share = ours.parents[1] / "share" / "nextflow"
    plain = place / "plain"
    (plain / "bin").mkdir(parents=True)
    shutil.copytree(share, plain / "share" / "nextflow", ignore=shutil.ignore_patterns("classes.jsa", "joined"))
    (plain / "share" / "nextflow" / "joined").symlink_to("lib")
    return Path(shutil.copy(ours, plain / "bin"))


def measure_jobs(place: Path) -> None:
    """100 trivial jobs against 100 bare tasks."""
    jobs, before, plain = write_jobs(place / "jobs", 100), launched_before(place, 100), plain_launcher(place)
    found = interleaved(
        {
            "bare Nextflow, 100 tasks of one pydantic model": partial(
                bare, place / "bare", 100, fresh=True, launcher=plain
            ),
            "the same, with the launcher of `make setup`": partial(bare, place / "helped", 100, fresh=True),
            "100 jobs, default settings": partial(pipeline, place / "first", jobs, fresh=True),
            "100 jobs, default settings, with history": partial(known, place / "known", jobs, before),
            "100 jobs, `--reports`": partial(pipeline, place / "reported", jobs, "--reports", fresh=True),
            "100 jobs, `--jobs_per_task 25`": partial(
                pipeline, place / "batched", jobs, "--jobs_per_task", "25", fresh=True
            ),
        },
        ROUNDS,
    )
    table(found, "Whole command, new jobs")


def measure_done(place: Path) -> None:
    """1,000 and 10,000 jobs that are all done, against a bare `-resume` over 1,000 tasks."""
    plain = plain_launcher(place)
    resume = partial(bare, place / "bare", 1000, "-resume", fresh=False)
    bare(place / "bare", 1000, fresh=True)
    runs = {
        "bare Nextflow, `-resume` over 1,000 tasks": partial(resume, launcher=plain),
        "the same, with the launcher of `make setup`": resume,
    }
    for count in (1_000, 10_000):
        jobs = write_jobs(place / f"jobs{count}", count)
        store = place / f"store{count}.sqlite"
        fill(jobs, store, place / f"fill{count}")
        runs[f"{count:,} jobs, all done"] = partial(
            pipeline, place / f"done{count}", jobs, "--store", str(store), fresh=False
        )
    table(interleaved(runs, ROUNDS), "Whole command, all done before")


def measure_dedupe(place: Path) -> None:
    """DEDUPE alone over 10,000 and 100,000 jobs that are all done."""
    row("DEDUPE of jobs that are all done", "seconds", "of 10,000", "peak memory, MB")
    row("---", "---", "---", "---")
    base = 0.0
    for count in (10_000, 100_000):
        jobs = write_jobs(place / f"jobs{count}", count)
        store = place / f"store{count}.sqlite"
        fill(jobs, store, place / f"fill{count}")
        found = [dedupe(jobs, store, place / f"dedupe{count}") for _ in range(ROUNDS)]
        base = base or median_seconds(found)
        peak = max(one.peak_memory for one in found) / 1e6
        row(
            f"{count:,}",
            f"{median_seconds(found):.1f}",
            f"{median_seconds(found) / base:.1f}×",
            f"{peak:.0f}",
        )


def dedupe(jobs: Path, store: Path | str, folder: Path, *options: str) -> Run:
    """Run bin/dedupe.py as the process does, in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    script = PROJECT / "bin" / "dedupe.py"
    return run(
        [
            sys.executable,
            script,
            "--jobs",
            jobs,
            "--analysis",
            ANALYSIS,
            "--store",
            store,
            "--bucket",
            folder / "bucket",
            "--session",
            "bench",
            *options,
        ],
        folder,
    )


def fill(jobs: Path, store: Path, folder: Path) -> None:
    """Give every job a record of the usual size, as RECORD would have."""
    from analysis_jobs.store.opening import open_store

    dedupe(jobs, store, folder, "--jobs-per-task", "1000")
    opened, records = open_store(str(store)), records_of(folder)
    while some := list(islice(records, 10_000)):
        opened.insert(some)


def records_of(folder: Path) -> Iterator[dict[str, object]]:
    """Build a record of every job that DEDUPE chose in this folder."""
    from analysis_jobs.records.build import build_record
    from analysis_jobs.stages.analyze.environment import describe_environment
    from analysis_jobs.stages.files import read_entries

    run_about = json.loads((folder / "run.json").read_text())
    measured = {"seconds": 1.0, "cpu_seconds": 1.0, "peak_memory_bytes": 10**8, "outputs": {"inputs": 1}}
    times = {"started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z"}
    about = {
        **measured,
        **times,
        "environment": describe_environment(None),
        "run": run_about,
        "location": "/bench",
    }
    template: dict[str, object] = {}
    for entry in read_entries(folder / "batches"):
        template = template or build_record({**entry, **about})
        key = entry["key"]
        yield {**template, "_id": key, "name": key, "location": f"/bench/{key}"}


def measure_start(place: Path) -> None:
    """Start of each script, against `python -c pass`."""
    scripts = sorted((PROJECT / "bin").glob("*.py"))
    write_jobs(place / "jobs", 1)
    fill(place / "jobs", place / "store.sqlite", place / "filled")
    (place / "empty").mkdir()
    (place / "empty.jsonl").touch()
    about = ["--run", place / "filled" / "run.json", "--bucket", place / "bucket"]
    work: dict[str, list[str | Path]] = {
        "dedupe": ["--jobs", place / "jobs", "--analysis", ANALYSIS, "--store", place / "store.sqlite"],
        "upload": ["--batches", place / "empty", "--jobs", place / "empty", *about],
        "record": ["--batches", place / "empty", "--uploaded", place / "empty.jsonl", *about],
        "summarize": ["--decisions", place / "empty.jsonl", "--settled", place / "empty"],
        "analyze": ["--analysis", place / "filled" / "code", "--batch", place / "batch.json"],
    }
    work["dedupe"] += ["--session", "bench", "--bucket", place / "bucket"]
    work["record"] += ["--store", place / "store.sqlite"]
    (place / "batch.json").write_text('{"jobs": []}')
    runs = {"python -c pass": partial(in_empty, place / "work", ["-c", "pass"])}
    for script in scripts:
        runs[f"{script.name} --help"] = partial(in_empty, place / "work", [script, "--help"])
        runs[f"{script.name}, nothing to do"] = partial(in_empty, place / "work", [script, *work[script.stem]])
    table(interleaved(runs, 3 * ROUNDS), "Start of each script", digits=3)


def measure_nextflow(place: Path) -> None:
    """Start of Nextflow, with the joined jars and the archive of classes that `make setup` makes, and without."""
    words = ["-q", "run", PROJECT / "tools" / "nextflow" / "warm-up.nf"]
    runs = {"two tasks, as Nextflow's own launcher": [plain_launcher(place), *words]}
    runs["two tasks, with the launcher of `make setup`"] = ["nextflow", *words]
    (place / "work").mkdir()
    table(
        interleaved({name: partial(run, words, place / "work") for name, words in runs.items()}, 3 * ROUNDS),
        "Start of Nextflow",
        digits=2,
    )


def measure_instance(place: Path) -> None:
    """An instance of a stage on Code Ocean with one job, against bare Nextflow with one task."""
    job = write_jobs(place / "job_dict", 1) / "0.json"
    data = place / "data"
    data.mkdir()
    (data / "job_dict").symlink_to(job)
    folders = {f"{name.upper()}_PATH": place / name for name in ("data", "results", "scratch")}
    said = {**folders, "CO_PIPELINE_ID": "bench", "ANALYSIS": ANALYSIS, "CODEOCEAN_EMAIL": "bench"}
    said |= {"ANALYSIS_BUCKET": "bench", "DOCDB_COLLECTION": "bench"}
    words = ["env", *(f"{name}={value}" for name, value in said.items()), PROJECT / "codeocean" / "run"]
    words += ["--bucket", place / "bucket", "--store", place / "store.sqlite", "--check_inputs", "none"]

    def instance() -> Run:
        for name in ("results", "scratch", "bucket"):
            shutil.rmtree(place / name, ignore_errors=True)
        (place / "store.sqlite").unlink(missing_ok=True)
        return run(words, place)

    plain = plain_launcher(place)
    runs = {
        "bare Nextflow, one task": partial(bare, place / "bare", 1, fresh=True, launcher=plain),
        "the same, with the launcher of `make setup`": partial(bare, place / "helped", 1, fresh=True),
        "an instance with one job": instance,
    }
    table(interleaved(runs, ROUNDS), "One job on Code Ocean")


def measure_services(place: Path) -> None:
    """S3 and DocDB, in a process of its own: see services.py."""
    subprocess.run([sys.executable, HERE / "services.py"], check=True)


def in_empty(folder: Path, words: list[str | Path]) -> Run:
    """Run Python in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return run([sys.executable, *words], folder)


def table(found: dict[str, list[Run]], title: str, digits: int = 1) -> None:
    """Print medians, and ratios to the first row, taken round by round."""
    base = next(iter(found.values()))
    row(title, "seconds", "ratio")
    row("---", "---", "---")
    for name, runs in found.items():
        row(name, f"{median_seconds(runs):.{digits}f}", f"{median_ratio(runs, base):.2f}×")


MEASUREMENTS = {
    "jobs": measure_jobs,
    "done": measure_done,
    "dedupe": measure_dedupe,
    "start": measure_start,
    "nextflow": measure_nextflow,
    "instance": measure_instance,
    "services": measure_services,
}


if __name__ == "__main__":
    measure(MEASUREMENTS, sys.argv[1:])
