"""What is in the inputs of jobs, for keys that go by that instead of by where they lie."""

from collections.abc import Iterable

from analysis_jobs.documents import InputContent
from analysis_jobs.jobs.job import Job
from analysis_jobs.jobs.key import inputs_to_read
from analysis_jobs.recordings.inputs import Inputs

CONTENT = "content"


def contents_of_jobs(jobs: Iterable[Job]) -> dict[str, InputContent]:
    """Read the inputs of jobs, each once, and return what is in them, as `analysis_jobs.jobs.key.JobKeys` takes it.

    Raises
    ------
    ServiceUnavailable
        If where an input is does not answer.
    """
    places: dict[str, str] = {}
    for job in jobs:
        places |= inputs_to_read(job)
    contents = Inputs().contents(list(places.values()))
    return {location: contents[place] for location, place in places.items()}
