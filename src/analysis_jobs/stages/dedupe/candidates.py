"""Valid jobs of the input, by file and parameter set, before the store was asked."""

from dataclasses import dataclass
from typing import Any

from analysis_jobs.jobs.job_files import JobFile


@dataclass
class Candidate:
    """A valid job, by file and parameter set, before the store was asked."""

    file: JobFile
    key: str
    parts: dict[str, Any]
    given: dict[str, Any]
    job: dict[str, Any]
