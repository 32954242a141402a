"""Writes what it was told, and says whether it sees a token; fails for one recording."""

import os
from pathlib import Path

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "telling"
    analysis_tag: str = ""
    value: float = 1


class AnalysisOutputs(GenericModel):
    value: float
    tokens: list[str]


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    (recording,) = job.inputs
    if recording.endswith("broken"):
        raise ValueError("nothing was recorded")
    (results / "value.txt").write_text(f"{recording} {specification.value}\n")
    tokens = [name for name, value in os.environ.items() if "TOKEN" in name and value]
    return AnalysisOutputs(value=specification.value, tokens=tokens)
