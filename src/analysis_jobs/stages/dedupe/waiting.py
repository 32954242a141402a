"""The file ``rest``: the jobs that wait until a first wave has told how many of them share a task."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Self

from analysis_jobs.stages.dedupe.asking import Resource
from analysis_jobs.stages.dedupe.batches import Asks
from analysis_jobs.stages.dedupe.planner import PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing


@dataclass(frozen=True)
class Waiting:
    """What SIZE is to know of a launch.

    Attributes
    ----------
    jobs
        Those that wait; they are claimed.
    labels
        By key, what people call them.
    ahead
        How many are in the first wave.
    groups, group_size
        Groups that it has, and jobs that share an UPLOAD.
    sizing
        What the launch wants of its tasks.
    kept
        Which jobs of the first wave share a batch; see `analysis_jobs.stages.dedupe.division.batches_to_keep`.
    asked
        By resource, where that is not what the launch says, and by key, what a job asks for; None for no limit.
    """

    jobs: Sequence[PlannedJob]
    labels: dict[str, str]
    ahead: int
    groups: int
    group_size: int
    sizing: Sizing
    kept: list[list[str]]
    asked: dict[Resource, dict[str, int | None]]

    def asks(self) -> Asks:
        """Return what the task of some jobs asks for: enough for each of them."""
        return {name: partial(_most, of_job) for name, of_job in self.asked.items()}

    def write(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        found = json.loads(path.read_text())
        jobs = [PlannedJob(*job) for job in found.pop("jobs")]
        return cls(jobs=jobs, sizing=Sizing(**found.pop("sizing")), **found)


def _most(of_job: Mapping[str, int | None], keys: Sequence[str]) -> int | None:
    asked = [of_job[key] for key in keys]
    return None if None in asked else max(filter(None, asked), default=None)
