"""Takes as much memory as it is told, in MB, and says what it was given of the machine."""

import os
import time

import numpy

from analysis_jobs import GenericModel


class AnalysisSpecification(GenericModel):
    analysis_name: str = "using"
    megabytes: int = 0
    seconds: float = 0


class AnalysisOutputs(GenericModel):
    processors: list[int]
    gpus: str
    filled: int


def run_analysis(job, specification, results):
    filled = numpy.ones(specification.megabytes * 1_000_000, dtype="uint8")
    time.sleep(specification.seconds)
    gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return AnalysisOutputs(processors=sorted(os.sched_getaffinity(0)), gpus=gpus, filled=filled.size)
