"""Returns its parameters, and counts its runs."""

import os
from pathlib import Path

from pydantic import Field

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "plain"
    analysis_tag: str = ""
    value: float = 1
    label: str = ""


class AnalysisOutputs(GenericModel):
    value: float = Field(description="The parameter", json_schema_extra={"unit": "V"})
    label: str


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    with open(os.environ["RUNS"], "a") as runs:
        runs.write(f"{min(job.inputs)}\n")
    (results / "value.txt").write_text(f"{specification.value} {specification.label}\n")
    return AnalysisOutputs(value=specification.value, label=specification.label)
