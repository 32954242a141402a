"""Measure the same work in bare Nextflow, Snakemake and redun beside ours, and print a table of docs/performance.md.

Usage: peers.py [ROUNDS] [--jobs JOBS] [--tools FOLDER]

Snakemake and redun are installed once, from the configured package index, into FOLDER.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measure import Run, interleaved, median_cpu, median_ratio, median_seconds, row, run, settings_of_launcher
from run import HERE, bare, pipeline, plain_launcher

WANTED = {"snakemake": "9.27.1", "redun": "0.44.1"}
PROCESSORS = str(len(os.sched_getaffinity(0)))
FAILING = 100  # one of so many jobs fails, where some do
REDUN = f"""
[backend]
db_uri = sqlite:///redun.db

[executors.default]
type = local
max_workers = {PROCESSORS}

[executors.process]
type = local
mode = process
max_workers = {PROCESSORS}
"""
Launch = Callable[..., Run]


@dataclass(frozen=True)
class Work:
    """How many jobs there are, and where: `jobs` and `failing` are folders of job files, `tools` of programs."""

    count: int
    jobs: Path
    failing: Path
    tools: Path


def ours(work: Work, *options: str, place: Path, fresh: bool, fails: bool) -> Run:
    """Launch this pipeline."""
    jobs = work.failing if fails else work.jobs
    return pipeline(place, jobs, *options, fresh=fresh, may_fail=fails)


def nextflow(work: Work, launcher: Path, *, place: Path, fresh: bool, fails: bool) -> Run:
    """Launch bare Nextflow."""
    again = () if fresh else ("-resume",)
    return bare(place, work.count, *again, fresh=fresh, failing=FAILING if fails else 0, launcher=launcher)


def snakemake(work: Work, place: Path, *, fresh: bool, fails: bool) -> Run:
    """Launch Snakemake."""
    empty(place, fresh)
    config = ["--config", f"jobs={work.count}", f"failing={FAILING if fails else 0}"]
    words = [work.tools / "bin" / "snakemake", "--snakefile", HERE / "peers.smk", "--cores", PROCESSORS, "--keep-going"]
    return run([*words, *config], place, may_fail=fails)


def redun(work: Work, kind: str, *, place: Path, fresh: bool, fails: bool) -> Run:
    """Launch redun, with a command for each job or a function."""
    empty(place, fresh)
    (place / ".redun").mkdir(exist_ok=True)
    (place / ".redun" / "redun.ini").write_text(REDUN)
    words = [work.tools / "bin" / "redun", "run", HERE / "peers_redun.py", "main", "--kind", kind]
    return run([*words, "--jobs", str(work.count), "--failing", str(FAILING if fails else 0)], place)


def launches(work: Work, plain: Path) -> dict[str, Launch]:
    """Return what is compared, the first of which is the base of all ratios; `plain` is Nextflow's own launcher."""
    return {
        "bare Nextflow, a task each": partial(nextflow, work, plain),
        "Snakemake, a rule each": partial(snakemake, work),
        "redun, a command each": partial(redun, work, "command"),
        "redun, a function each, in processes that stay": partial(redun, work, "function"),
        "ours, default settings": partial(ours, work),
        "ours, `--jobs_per_task 100`": partial(ours, work, "--jobs_per_task", "100"),
    }


def compare(work: Work, place: Path, rounds: int) -> None:
    """Print what all took for new jobs, for the same once more, and where one of a hundred fails."""
    kinds = {
        f"{work.count:,} new jobs": {"fresh": True, "fails": False},
        f"{work.count:,} done jobs": {"fresh": False, "fails": False},
        f"{work.count:,} new jobs, one of {FAILING} fails": {"fresh": True, "fails": True},
    }
    ways = launches(work, plain_launcher(place))
    for title, kind in kinds.items():
        numbered = enumerate(ways.items())
        runs = {name: partial(launch, place=place / str(number), **kind) for number, (name, launch) in numbered}
        found = interleaved(runs, rounds)
        row(title, "seconds", "ratio", "seconds of processors")
        row("---", "---", "---", "---")
        base = next(iter(found.values()))
        for name, some in found.items():
            row(name, f"{median_seconds(some):.1f}", f"{median_ratio(some, base):.2f}×", f"{median_cpu(some):.1f}")
        print()


def write_jobs(folder: Path, count: int, failing: int = 0) -> Path:
    """Write job files, of which every so many-th is to fail."""
    folder.mkdir()
    for number in range(1, count + 1):
        ending = "_failing" if failing and number % failing == 0 else ""
        job = {"s3_location": [f"s3://bucket/asset_{number}{ending}"], "asset_id": [str(number)]}
        (folder / f"{number}.json").write_text(json.dumps(job))
    return folder


def installed(folder: Path) -> Path:
    """Install what is compared into a virtual environment, unless it is there."""
    versions = [f"{name}=={version}" for name, version in WANTED.items()]
    mark = folder / "installed.txt"
    with suppress(FileNotFoundError):
        if mark.read_text().split() == versions:
            return folder
    print(f"installing {' and '.join(versions)} into {folder}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *versions], check=True)
    mark.write_text("\n".join(versions))
    return folder


def versions() -> Iterator[str]:
    """Yield what was measured, with its version."""
    said = subprocess.run(["nextflow", "-v"], capture_output=True, text=True, check=True).stdout.split()
    yield f"Nextflow {said[2]}"
    yield from (f"{name} {version}" for name, version in WANTED.items())
    yield f"Python {platform.python_version()}, {PROCESSORS} processors, load {os.getloadavg()[0]:.1f}"


def empty(place: Path, fresh: bool) -> None:
    """Make a folder, a new one if it is to be fresh."""
    if fresh:
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)


def asked() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--tools", type=Path, default=cache / "analysis-jobs" / "peers")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = asked()
    settings_of_launcher()
    tools = installed(wanted.tools)
    print("; ".join(versions()), f"; {wanted.rounds} rounds\n", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        jobs = write_jobs(folder / "jobs", wanted.jobs)
        failing = write_jobs(folder / "failing", wanted.jobs, FAILING)
        compare(Work(wanted.jobs, jobs, failing, tools), folder, wanted.rounds)
