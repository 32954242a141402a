"""The launches that a store remembers: which of them have ended, which run, and which died."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from analysis_jobs.documents import LaunchRecord
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.processes import is_alive, is_dead
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import to_the_second

# `unknown` is one without an end that is not visible from here, and whose claims still hold.
ListedLaunchState = Literal["running", "ended", "died", "unknown"]


@dataclass(frozen=True)
class LaunchLine:
    """What a store knows of a launch, and what became of it.

    Attributes
    ----------
    launch
        As the store has it.
    state
        What is known of it from here.
    note
        How that is known, in words, of one that has no end.
    """

    launch: LaunchRecord
    state: ListedLaunchState
    note: str = ""


def launch_lines(store: Store, sessions: Sequence[str] | None = None) -> list[LaunchLine]:
    """Return a line for each launch, or for those of some sessions, the newest first."""
    lines = map(line_of_launch, store.launches(sessions))
    return sorted(lines, key=lambda line: (-seconds_of(line.launch["started"]), line.launch["session"]))


def line_of_launch(launch: LaunchRecord) -> LaunchLine:
    """Return what became of a launch: by its end, by its process where it can be seen, or by its claims."""
    if launch["state"] == "ended":
        return LaunchLine(launch, "ended")
    if is_alive(launch["process"]):
        return LaunchLine(launch, "running", f"process {str(launch['process']).split()[2]}")
    if is_dead(launch["process"]):
        return LaunchLine(launch, "died", "its process has ended without reporting how")
    if datetime.fromisoformat(launch["expires"]) <= datetime.now(UTC):
        return LaunchLine(
            launch, "died", f"it has not ended, but its claims ran out, {to_the_second(launch['expires'])}"
        )
    since = to_the_second(launch["started"])
    return LaunchLine(launch, "unknown", f"died or still running since {since}: not visible from here")


def run_names(launch: LaunchRecord) -> list[str]:
    """Return what Nextflow called the runs of a session, the first one first."""
    return [*(attempt["run_name"] for attempt in launch["earlier"]), launch["run_name"]]


def names_of_launches(store: Store) -> dict[str, str]:
    """Return what Nextflow called the last run of each session, where `sessions_called` takes it for no other."""
    launches = list(store.launches())
    names = {launch["session"]: launch["run_name"] for launch in launches}
    return {session: name for session, name in names.items() if sessions_called(name, launches) == [session]}


def sessions_called(text: str, launches: Iterable[LaunchRecord]) -> list[str]:
    """Return the sessions of the launches whose session or run name begins so."""
    return [
        launch["session"]
        for launch in launches
        if any(name.startswith(text) for name in (launch["session"], *run_names(launch)))
    ]
