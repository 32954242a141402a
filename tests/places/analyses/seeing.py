"""Tells what it sees of the host, and whether it can write where programs keep their caches."""

import os
from pathlib import Path

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "seeing"
    analysis_tag: str = ""


class AnalysisOutputs(GenericModel):
    user: int
    seen: list[str]
    secrets: list[str]
    recordings_writable: bool


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    for folder in (Path.home(), Path(os.environ["MPLCONFIGDIR"]), Path(os.environ["XDG_CACHE_HOME"])):
        folder.mkdir(exist_ok=True)
        (folder / "cache").write_text("")
    return AnalysisOutputs(
        user=os.getuid(),
        seen=[path for path in job.inputs if Path(path).exists()],
        secrets=[name for name in os.environ if name.startswith("AWS_") and "KEY" in name],
        recordings_writable=os.access(job.inputs[0], os.W_OK),
    )
