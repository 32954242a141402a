"""Launches of a lab, and runs of `analysis-jobs` on what they leave."""

import json
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from support.lab import Ended, Lab, Running

from chaos.commands import Command, start_command
from chaos.places import Place, name_of
from chaos.plan import REMOVALS, Launch
from chaos.processes import LAUNCH, MARK
from chaos.story import Story

# In the environment of every launch
SECRETS = {
    "CODEOCEAN_API_TOKEN": "planted-codeocean-token-1",
    "GIT_ACCESS_TOKEN": "planted-git-token-2",
    "LAB_PASSWORD": "planted-lab-password-3",
}
# So that some outages last longer than it, and some longer than all tries of a task
PATIENCE = {"ANALYSIS_RETRY_SECONDS": "2"}


@dataclass(frozen=True)
class Started:
    """A launch that was started, and its number in the lab."""

    number: int
    running: Running


# Acts after which a job is computed again
REMOVED = ("forgotten", "collected")


class Launches:
    """Starts launches, and knows what each found and ran."""

    def __init__(self, lab: Lab, place: Place, story: Story) -> None:
        self.lab, self.place, self.story = lab, place, story
        self.recorded_before: dict[int, set[str]] = {}  # by number of a launch the jobs that it found recorded
        self.began: dict[int, str] = {}  # by number when it did so, ISO 8601, UTC
        self._environment = {**place.environment, **SECRETS, **PATIENCE, MARK: str(lab.folder)}

    def start(self, launch: Launch) -> Started:
        number = self.lab.launches + 1
        found = {name_of(record) for record in self.place.backend.records().values()}
        self.recorded_before[number], self.began[number] = found, datetime.now(UTC).isoformat()
        self.story.say(f"launch {number} from {launch}; {len(found)} records before it")
        running = self.lab.start(
            *(self.lab.wide() if launch.wide else ()),
            cwd=self.lab.folder / launch.home,
            resume=launch.resume,
            env={
                **self._environment,
                LAUNCH: str(number),
                "CHAOS_TELLS": "yes" if launch.tells else "",
            },
            jobs=self.lab.jobs,
            analysis=self.lab.folder / "analysis.py",
            jobs_per_task=launch.jobs_per_task,
            group_size=launch.group_size,
            max_attempts=1000,  # a job that was killed is to be tried again
            **self.place.parameters,
        )
        return Started(number, running)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What the analyses noted, a line as each began."""
        file = self.lab.runs_file
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def removed_since(self, keys: Mapping[str, str]) -> dict[int, set[str]]:
        """Return by number of a launch which jobs somebody has begun to remove since, of names by their keys."""
        notes = self.place.backend.history()
        return {
            number: {
                keys[note["key"]]
                for note in notes
                if note["act"] in REMOVED and note["when"] > began and note["key"] in keys
            }
            for number, began in self.began.items()
        }

    def secrets(self) -> dict[str, str]:
        """Return what nothing may be found of."""
        key = self.place.environment.get("AWS_SECRET_ACCESS_KEY")
        return SECRETS | ({"AWS_SECRET_ACCESS_KEY": key} if key else {})

    def start_command(self, words: str, dies: int | None = None) -> Command:
        """Start a command on bucket and store of the lab; see `chaos.commands.start_command`."""
        places = shlex.join(word for name, value in self.place.parameters.items() for word in (f"--{name}", value))
        yes = " --yes" if words in REMOVALS else ""
        environment = {**self.lab.environment, **self._environment}
        return start_command(f"{words}{yes} {places}", dies, self.lab.folder, environment)

    def fsck(self, *options: str) -> str:
        """Return the JSON lines of what it finds."""
        return self.start_command(" ".join(["fsck", "--json", *options])).end()


def states_of(ended: Ended) -> str:
    """Return the counts of the states in its account."""
    counts = Counter(ended.states.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs.tsv"
