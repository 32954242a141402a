"""What somebody looks for among jobs and their records; `analysis_jobs.results.choice` says which ones that leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Wanted:
    """Which jobs are wanted; what is empty or None is not asked for.

    Attributes
    ----------
    name, tag
        The parameters `analysis_name` and `analysis_tag`; for the first, without it, the name of the process.
    code_url, code_version
        As in the record.
    inputs
        Locations that are all among a job's.
    input_texts
        Parts of locations, each of which is in one of a job's.
    parameters
        By name, with dots for what is in objects, the values of which a parameter has one; a job may have more of them.
    states
        Of which the job is in one.
    launches
        Sessions, or beginnings of some, of which the job's launch has one.
    since, until
        Times with a zone, both included, between which the job ended or, unless it ran, its state changed.
    latest
        Only the newest result for each set of inputs and parameters, whatever its code.
    limit
        Only the newest ones, so many.
    """

    name: str | None = None
    tag: str | None = None
    code_url: str | None = None
    code_version: str | None = None
    inputs: Sequence[str] = ()
    input_texts: Sequence[str] = ()
    parameters: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    states: Sequence[str] = ()
    launches: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    latest: bool = False
    limit: int | None = None
