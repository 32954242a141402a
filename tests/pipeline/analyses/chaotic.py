"""Behaves as the first word of its input's name says, and notes each of its runs."""

import json
import os
import secrets
import signal
import time
from pathlib import Path

from analysis_jobs import GenericModel, Job, NothingToReport

# By kind the sizes of what is written: lines of files, each of which names the run that it is of
FILES = {"good": (10, 100, 1000), "flaky": (10, 100), "slow": (10, 10, 10), "large": (10, 250_000)}
SLOW = 1.0  # seconds between two files


class AnalysisSpecification(GenericModel):
    analysis_name: str = "chaotic"
    analysis_tag: str = ""


class AnalysisOutputs(GenericModel):
    run: str


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    name = min(url.rstrip("/") for url in job.inputs)
    kind = name.split()[0]
    run = secrets.token_hex(8)
    is_first = note(name, run)
    if os.environ.get("CHAOS_TELLS"):
        print(dict(os.environ), flush=True)
    if kind == "fails" or (kind == "flaky" and is_first):
        raise RuntimeError(f"{name} is broken")
    if kind == "empty":
        raise NothingToReport("no units")
    if kind == "dies":
        os.kill(os.getpid(), getattr(signal, name.split()[1]))
    for number, lines in enumerate(FILES[kind]):
        file = results / f"{number} of run {run}.txt"
        file.write_text(f"{file.name}\n" * lines)
        time.sleep(SLOW if kind == "slow" else 0)
    return AnalysisOutputs(run=run)


def note(name: str, run: str) -> bool:
    """Write that this job begins, of which launch; return whether it is its first time."""
    runs = Path(os.environ["RUNS"])
    line = {"name": name, "run": run, "launch": int(os.environ["CHAOS_LAUNCH"])}
    with runs.open("a") as file:
        file.write(f"{json.dumps(line)}\n")  # at once, so that lines of several jobs do not mix
    return [json.loads(line)["name"] for line in runs.read_text().splitlines()].count(name) == 1
