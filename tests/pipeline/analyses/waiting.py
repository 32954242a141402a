"""Waits for as long as the first input says, in seconds."""

import time

from analysis_jobs import GenericModel


class AnalysisSpecification(GenericModel):
    analysis_name: str = "waiting"


class AnalysisOutputs(GenericModel):
    waited: float


def run_analysis(job, specification, results):
    seconds = float(job.inputs[0])
    time.sleep(seconds)
    return AnalysisOutputs(waited=seconds)
