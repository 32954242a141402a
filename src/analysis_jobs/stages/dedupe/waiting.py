"""The file ``rest``: the jobs that wait until a first wave has told how many of them share a task."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

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
    """

    jobs: Sequence[PlannedJob]
    labels: dict[str, str]
    ahead: int
    groups: int
    group_size: int
    sizing: Sizing
    kept: list[list[str]]

    def write(self, path: Path) -> None:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        found = json.loads(path.read_text())
        jobs = [PlannedJob(*job) for job in found.pop("jobs")]
        return cls(jobs=jobs, sizing=Sizing(**found.pop("sizing")), **found)
