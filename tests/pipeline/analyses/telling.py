"""Tells all that it knows of its environment, and tries to write to the bucket that it has read from."""

import os
from pathlib import Path

import boto3

from analysis_jobs import GenericModel, Job


class AnalysisSpecification(GenericModel):
    analysis_name: str = "telling"
    analysis_tag: str = "v1"
    cutoff: float = 0.5


class AnalysisOutputs(GenericModel):
    wrote: str
    per_level: dict[str, int]


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    print(dict(os.environ))
    if "fails" in job.inputs[0]:
        raise RuntimeError(f"what I know: {os.environ}")
    (results / "plots").mkdir()
    (results / "plots" / "a plot.txt").write_text("a plot")
    (results / "spikes.json").write_text("[1, 2]")
    try:
        client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        client.put_object(Bucket="public", Key="written by an analysis", Body=b"x")
        wrote = "yes"
    except Exception as error:
        wrote = type(error).__name__
    return AnalysisOutputs(wrote=wrote, per_level={"0.5": 1})
