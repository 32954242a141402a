"""Counts how often it starts and ends; in between it waits, fails or finds nothing, where the input's name says so."""

import os
import time
from pathlib import Path

from analysis_jobs import GenericModel, Job, NothingToReport

RUNS = Path(os.environ["RUNS"])
HOLD = Path(os.environ["HOLD"]) if "HOLD" in os.environ else None


class AnalysisSpecification(GenericModel):
    analysis_name: str = "holding"
    analysis_tag: str = ""


class AnalysisOutputs(GenericModel):
    run: int


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    (name,) = job.inputs
    run = count(f"{name} started")
    if HOLD and ("hold analyze" in name or ("hold second" in name and first_is_over())):
        hold(HOLD, name)
    if "fails" in name and not (HOLD and (HOLD / "mended").exists()):
        raise RuntimeError("the recording is broken")
    if "empty" in name:
        raise NothingToReport("no units")
    try:
        # The first one differs between runs: where two met, both would be there
        for file in (f"1 of run {run}.bin", "2.bin", "3.bin"):
            (results / file).write_bytes(f"{name} {file} ".encode() * 1000)
    finally:
        if HOLD:
            (HOLD / f"{name} over").touch()
    count(f"{name} finished")
    return AnalysisOutputs(run=run)


def count(line: str) -> int:
    with RUNS.open("a") as runs:
        runs.write(f"{line}\n")
    return RUNS.read_text().splitlines().count(line)


def first_is_over() -> bool:
    lines = RUNS.read_text().splitlines()
    return any(line.startswith("hold second") and line.endswith("finished") for line in lines)


def hold(folder: Path, name: str) -> None:
    if (folder / "hold analyze go").exists():
        return  # of a launch that is to be held later, "reached" is for that stage to say
    (folder / f"{name} reached").touch()
    end = time.monotonic() + 90
    while not (folder / "hold analyze go").exists() and time.monotonic() < end:
        time.sleep(0.05)
