"""Launches of a lab, and runs of `analysis-jobs fsck` on what they leave."""

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import Any

from support.lab import Ended, Lab, Running

from chaos.places import Place, name_of
from chaos.plan import Launch
from chaos.processes import LAUNCH, MARK
from chaos.story import BrokenPromise, Story

# In the environment of every launch
SECRETS = {
    "CODEOCEAN_API_TOKEN": "planted-codeocean-token-1",
    "GIT_ACCESS_TOKEN": "planted-git-token-2",
    "LAB_PASSWORD": "planted-lab-password-3",
}
# So that some outages last longer than it, and some longer than all tries of a task
PATIENCE = {"ANALYSIS_RETRY_SECONDS": "2"}
FSCK_SECONDS = 300


@dataclass(frozen=True)
class Started:
    """A launch that was started, and its number in the lab."""

    number: int
    running: Running


class Launches:
    """Starts launches, and knows what each found and ran."""

    def __init__(self, lab: Lab, place: Place, story: Story) -> None:
        self.lab, self.place, self.story = lab, place, story
        self.recorded_before: dict[int, set[str]] = {}  # by number of a launch the jobs that it found recorded
        self._environment = {**place.environment, **SECRETS, **PATIENCE, MARK: str(lab.folder)}

    def start(self, launch: Launch) -> Started:
        number = self.lab.launches + 1
        found = {name_of(record) for record in self.place.backend.records().values()}
        self.recorded_before[number] = found
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

    def secrets(self) -> dict[str, str]:
        """Return what nothing may be found of."""
        key = self.place.environment.get("AWS_SECRET_ACCESS_KEY")
        return SECRETS | ({"AWS_SECRET_ACCESS_KEY": key} if key else {})

    def start_fsck(self, *options: str) -> "subprocess.Popen[str]":
        places = [word for name, value in self.place.parameters.items() for word in (f"--{name}", value)]
        return subprocess.Popen(
            ["analysis-jobs", "fsck", "--json", *options, *places],
            cwd=self.lab.folder,
            env={**self.lab.environment, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def fsck(self, *options: str) -> str:
        """Run it to its end; see `found_by`."""
        return found_by(self.start_fsck(*options))


def found_by(fsck: "subprocess.Popen[str]") -> str:
    """Return the JSON lines of what it found.

    Raises
    ------
    BrokenPromise
        If it broke down.
    """
    said, errors = fsck.communicate(timeout=FSCK_SECONDS)
    if "Traceback" in errors or fsck.returncode not in (0, 1):
        raise BrokenPromise(f"fsck ended with {fsck.returncode}: {errors}")
    return said.strip()


def states_of(ended: Ended) -> str:
    """Return the counts of the states in its account."""
    counts = Counter(ended.states.values())
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs.tsv"
