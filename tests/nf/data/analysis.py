"""The analysis of the nf-test files: fails on the input "bad"."""

from pathlib import Path

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    """One parameter, to be set."""

    analysis_name: str = "nf-test"
    factor: float = 1


class AnalysisOutputs(GenericModel):
    """One number."""

    total: float


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Write one file and return the factor."""
    if "bad" in job.inputs:
        raise ValueError("a bad input")
    (results / "total.txt").write_text(str(specification.factor))
    return AnalysisOutputs(total=specification.factor)
