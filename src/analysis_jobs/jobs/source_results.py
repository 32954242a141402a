"""The published results that a job is made from, as its file names them, and the keys that locations have in them."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field

from analysis_jobs.documents import Values

_KEY = re.compile(r"(?:^|/)([0-9a-f]{64})(?=/|$)")


class SourceResult(BaseModel):
    """A published result that is an input of a job; `analysis_jobs.open_source` reads its files.

    Attributes
    ----------
    key
        Key of the job that made it.
    location
        Where its files are. The `s3_location` of the job has it, so it is part of that job's key.
    label, name
        The label of that job, and its `analysis_name`.
    inputs
        Locations of the recordings that it was made from.
    assets
        Names of the recordings, if known.
    subject, acquired
        The subject of the recording, and when it was acquired (ISO 8601); empty if not known.
    parameters
        Parameters with which that job ran.
    outputs
        What it returned; None if that is too large for a job file: `analysis_jobs.source_outputs` reads it.
    files
        Names of the files that were asked for; None if none were: then all of its files count.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True, frozen=True)

    key: str
    location: str
    label: str = ""
    name: str = ""
    inputs: list[str] = Field(default_factory=list)
    assets: list[str] = Field(default_factory=list)
    subject: str = ""
    acquired: str = ""
    parameters: Values = Field(default_factory=dict)
    outputs: Values | None = None
    files: list[str] | None = None


def folders_of(location: str) -> Iterator[str]:
    """Yield a location and every folder that it lies in."""
    while location:
        yield location
        location = location.rpartition("/")[0]


def result_keys(locations: Iterable[str]) -> list[str]:
    """Return the keys of the results that locations lie in: published results have it in their path."""
    found = (_KEY.findall(location) for location in locations if len(location) >= 64)
    return list(dict.fromkeys(keys[-1] for keys in found if keys))
