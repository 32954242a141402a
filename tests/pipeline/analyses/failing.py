"""Fails in the way that its parameter asks for, and counts its runs."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from analysis_jobs import GenericModel, Job, NothingToReport


class AnalysisSpecification(GenericModel):
    analysis_name: str = "failing"
    analysis_tag: str = ""
    how: str = "not"


class AnalysisOutputs(GenericModel):
    total: float | None = None


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> Any:
    with open(os.environ["RUNS"], "a") as runs:
        runs.write(f"{job.inputs[0]}\n")
    print(f"{job.inputs[0]} begins", flush=True)
    (results / "value.txt").write_text("written before it failed\n")
    return globals()[f"fail_{specification.how}"](results)


def fail_not(results: Path) -> AnalysisOutputs:
    return AnalysisOutputs(total=1)


def fail_raise(results: Path) -> None:
    raise RuntimeError("the probe is <b>broken</b>\n\tin two lines")


def fail_exit(results: Path) -> None:
    sys.exit(3)


def fail_exit_well(results: Path) -> None:
    sys.exit(0)


def fail_os_exit(results: Path) -> None:
    os._exit(4)


def fail_kill(results: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail_segfault(results: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def fail_print(results: Path) -> AnalysisOutputs:
    for number in range(10_000):
        print(f"{number:99}")
    return AnalysisOutputs(total=1)


def fail_write_nothing(results: Path) -> AnalysisOutputs:
    (results / "value.txt").unlink()
    return AnalysisOutputs(total=None)


def fail_type(results: Path) -> dict[str, int]:
    return {"total": 1}


def fail_none(results: Path) -> None:
    return None


def fail_nan(results: Path) -> AnalysisOutputs:
    return AnalysisOutputs(total=float("nan"))


def fail_nothing(results: Path) -> None:
    raise NothingToReport("no units in the recording")


def fail_reserved(results: Path) -> AnalysisOutputs:
    (results / "manifest.json").write_text("{}")
    return AnalysisOutputs(total=1)
