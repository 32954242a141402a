"""The smallest analysis: what a job costs beside the analysis itself."""

from pathlib import Path

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    """No parameters but the name."""

    analysis_name: str = "trivial"


class AnalysisOutputs(GenericModel):
    """How many inputs the job had."""

    inputs: int


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Write one small file; fail where an input says so."""
    if job.inputs[0].endswith("_failing"):
        raise ValueError(f"{job.inputs[0]} is to fail")
    (results / "inputs.txt").write_text("\n".join(job.inputs))
    return AnalysisOutputs(inputs=len(job.inputs))
