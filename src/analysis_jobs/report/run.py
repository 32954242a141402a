"""What a report tells of: the rows of its jobs and what is known of the run."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from analysis_jobs.documents import LaunchDocument
from analysis_jobs.records.notes import cost_of
from analysis_jobs.report.account import Row


@dataclass(frozen=True)
class Run:
    """A run that has ended: its rows, their counts in words, ``run.json``, and what its jobs ran in.

    `environments` counts the jobs that ran in each environment, as JSON; `lost` are seconds of ANALYZE tasks that died.
    """

    rows: list[Row]
    line: str
    about: LaunchDocument
    environments: Counter[str]
    ended: datetime
    dry_run: bool = False
    lost: Sequence[float] = ()

    @cached_property
    def counts(self) -> Counter[str]:
        """The rows by state."""
        return Counter(row["state"] for row in self.rows)

    @property
    def name(self) -> str:
        """What people call the analysis: the name in its parameters, else that of its code."""
        named = (row["parameters"].get("analysis_name") for row in self.rows if row.get("parameters"))
        return str(next((name for name in named if name), self.about.get("analysis") or "Analysis jobs"))

    @property
    def had_jobs_to_run(self) -> bool:
        """Whether any job was to be computed, which may not have been started."""
        return any(row.get("decision") == "run" for row in self.rows)

    @property
    def computed(self) -> list[Row]:
        """The rows of jobs that this run has computed."""
        return [row for row in self.rows if row.get("decision") == "run" and row["state"] != "not_started"]

    @cached_property
    def seconds(self) -> float:
        """What the jobs that this run has computed took, one after the other."""
        return round(sum(row["seconds"] for row in self.computed if row["seconds"] != ""), 3)

    @property
    def cost(self) -> float | None:
        """What they cost, to four digits; None where the launch was given no price of an hour."""
        price = self.about.get("price_per_hour")
        return cost_of(self.seconds, price) if price else None

    def environment_values(self, name: str) -> dict[str, int]:
        """Return how many jobs had each value of a field of the environment, the most frequent first."""
        jobs_of = Counter[str]()
        for text, jobs in self.environments.items():
            if value := json.loads(text).get(name):
                jobs_of[str(value)] += jobs
        return dict(jobs_of.most_common())
