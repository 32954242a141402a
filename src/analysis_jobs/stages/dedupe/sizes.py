"""How many jobs share an ANALYZE task: by what jobs of the analysis took before, or now, in a first wave."""

import math
from dataclasses import dataclass

from analysis_jobs.stages.experience import Experience
from analysis_jobs.wording import plural, seconds_text

# Of all jobs, the share that is to take no longer than the seconds which sizes go by: a task that is lost costs no more
# than it was to take, or hardly
IN_TIME = 0.9
# What a job takes beside its analysis: a process and a folder of its own
LEAST_SECONDS = 0.05
# Jobs that are so few that each has a task of its own where nothing is known, and the most that go ahead of many
FEW = 8
MOST_AHEAD = 50


@dataclass(frozen=True)
class Sizing:
    """What a launch wants of its ANALYZE tasks.

    Attributes
    ----------
    jobs_per_task
        As somebody has given it; None for what is known to decide.
    task_minutes
        Which a task is to take at most, where that is not given.
    side_by_side
        Tasks that there is room for at once; 0 where nothing tells.
    """

    jobs_per_task: int | None = None
    task_minutes: float = 1.0
    side_by_side: int = 0

    def jobs_of(self, jobs: int, seconds: float) -> int:
        """Return how many of some jobs, each of which takes so many seconds, share a task.

        There are at least as many tasks as run side by side, but for those that would have fewer seconds of work than
        `task_minutes` has minutes, which to start them costs. More come in rounds, so that none is waited for alone.
        """
        seconds = max(seconds, LEAST_SECONDS)
        by_time = int(60 * self.task_minutes / seconds)
        if by_time <= 1:
            return 1
        worth_it = math.ceil(jobs * seconds / self.task_minutes)
        at_once = max(1, min(self.side_by_side, worth_it))
        rounds = math.ceil(jobs / by_time / at_once)
        return max(1, math.ceil(jobs / (rounds * at_once)))

    def wave_of(self, jobs: int) -> int:
        """Return how many jobs of which nothing is known go ahead of the others; none of a few, or by hand."""
        ahead = min(self.side_by_side, MOST_AHEAD)
        return ahead if not self.jobs_per_task and jobs > max(FEW, 2 * ahead) else 0


def seconds_known(known: Experience) -> float:
    """Return the seconds that a job takes, which sizes go by. Something must be known."""
    return known.quantile("seconds", IN_TIME)


def tasks_note(tasks: int, jobs: int, why: str = "") -> str:
    """Return in words how many tasks some jobs have, and why; an empty text of as many as jobs, for no reason."""
    if tasks == jobs and not why:
        return ""
    each = f" of about {plural(round(jobs / tasks), 'job')}" if jobs > tasks else ""
    return f"{plural(tasks, 'task')}{each}{why and f': {why}'}"


def wave_note(tasks: int, waiting: int) -> str:
    """Return in words that some jobs wait for a first wave."""
    first = f"nothing is known about this analysis: {plural(tasks, 'task')} first"
    return f"{first}, which show how many of the other {waiting:,} jobs share one"


def why_seen(seconds: float, ahead: int) -> str:
    """Return in words what sizes go by that a first wave told."""
    if math.isinf(seconds):
        return f"too few of the first {plural(ahead, 'job')} have ended in time"
    return f"{IN_TIME:.0%} of the first {plural(ahead, 'job')} took at most {seconds_text(seconds)}"


def why_known(known: Experience) -> str:
    """Return in words what sizes go by."""
    of = "this code" if known.basis == "code" else "this analysis, with other code"
    most = f"{IN_TIME:.0%} of jobs take at most {seconds_text(seconds_known(known))}"
    return f"{most}, by {plural(known.jobs, 'job')} of {of}"
