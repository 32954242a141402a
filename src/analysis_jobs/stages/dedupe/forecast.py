"""What the jobs that are to run will take and cost, by what those of launches before took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapreplace

from analysis_jobs.records.notes import cost_of
from analysis_jobs.stages.experience import Experience
from analysis_jobs.wording import plural, seconds_text

# What a task takes beside its jobs, on a machine of its own. In a queue it may be minutes, which nobody knows before.
TASK_SECONDS = 0.5


@dataclass(frozen=True)
class Room:
    """Where jobs are to run.

    Attributes
    ----------
    tasks
        How many run side by side; None where nothing tells.
    price_per_hour
        Of one of them; None where it was not given.
    """

    tasks: int | None = None
    price_per_hour: float | None = None


def forecast(sizes: Sequence[int], known: Experience, room: Room) -> list[str]:
    """Return in one line how many tasks there are, how long they take, and what they cost; no line without jobs.

    Parameters
    ----------
    sizes
        How many jobs each task has, in their order.
    known
        What is known of the analysis.
    room
        Where they run.
    """
    if not sizes:
        return []
    beside = f", {room.tasks} side by side" if room.tasks and 1 < room.tasks < len(sizes) else ""
    tasks = f"{plural(len(sizes), 'task')}{beside}"
    if known.basis == "nothing":
        return [f"{tasks}; how long jobs of this analysis take is not known yet"]
    return [f"{tasks}: {', '.join(_expected(sizes, known.mean_seconds, room))}; {_basis(known)}"]


def _expected(sizes: Sequence[int], seconds: float, room: Room) -> Iterator[str]:
    computing = sum(sizes) * seconds
    text = f"{seconds_text(computing)} of computing"
    yield (
        f"about {seconds_text(seconds_to_end(sizes, seconds, room.tasks))} ({text})" if room.tasks else f"about {text}"
    )
    if room.price_per_hour:
        yield f"cost about {cost_of(computing, room.price_per_hour):g} at {room.price_per_hour:g} per hour"


def seconds_to_end(sizes: Sequence[int], seconds: float, side_by_side: int) -> float:
    """Return how long tasks of so many jobs take, of which each begins as soon as there is room.

    Parameters
    ----------
    sizes
        How many jobs each task has, in their order.
    seconds
        Of a job.
    side_by_side
        How many tasks run at once.
    """
    ends = [0.0] * min(side_by_side, len(sizes))
    for size in sizes:
        heapreplace(ends, ends[0] + TASK_SECONDS + size * seconds)
    return max(ends, default=0.0)


def _basis(known: Experience) -> str:
    of = "of this analysis" if known.basis == "code" else "of this analysis with other code"
    median = seconds_text(known.quantile("seconds", 0.5))
    return f"from {plural(known.jobs, 'job')} {of} (median {median})"
