"""Returns its parameters, which come from several places, and counts its runs."""

import os
from pathlib import Path

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "default"
    analysis_tag: str = "default"
    isi_violations_cutoff: float = 0.0015
    fixed: str = "default"
    line: str = "default"
    own: str = "default"


class AnalysisOutputs(GenericModel):
    analysis_name: str
    analysis_tag: str
    isi_violations_cutoff: float
    fixed: str
    line: str
    own: str


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    with open(os.environ["RUNS"], "a") as runs:
        runs.write(f"{job.inputs[0]} {specification.own}\n")
    return AnalysisOutputs(**specification.model_dump())
