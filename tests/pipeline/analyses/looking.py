"""Tells what it finds where it runs, and writes and prints by all ways."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy  # noqa: F401 (a package of the environment, which is no local module)

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "looking"
    analysis_tag: str = ""
    value: float = 1


class AnalysisOutputs(GenericModel):
    found: list[str]
    in_results: bool
    value: float


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    found = sorted(os.listdir(results))
    print(f"looking at {job.inputs[0]}")
    print("a warning", file=sys.stderr)
    subprocess.run(["echo", "from a program"], check=True)
    (results / "deep" / "er").mkdir(parents=True)
    (results / "deep" / "er" / "bytes.bin").write_bytes(bytes(range(256)) * 1000)
    (results / "link.bin").symlink_to(results / "deep" / "er" / "bytes.bin")
    Path("input.txt").write_text(job.inputs[0])
    time.sleep(0.1)
    return AnalysisOutputs(found=found, in_results=Path.cwd() == results.resolve(), value=specification.value)
