"""What jobs of an analysis took before: each launch leaves it in the store when it ends, and the next ones go by it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from analysis_jobs.documents import LaunchRecord, MeasuredJobs
from analysis_jobs.report.account import Row

# Jobs of a launch that stand for all of it
SAMPLE = 100
# Launches that are gone by, the newest
MOST_LAUNCHES = 30
_ENDED_WELL = ("done", "empty")


class MeasuredJob(NamedTuple):
    """What a job took, and for how many jobs it stands."""

    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    input_bytes: int  # 0 where nothing tells
    weight: float


@dataclass(frozen=True)
class Experience:
    """What is known of an analysis.

    Attributes
    ----------
    basis
        Whether it is of the same code, or of any code of the analysis of that name, or nothing is known.
    jobs
        How many jobs were measured.
    sample
        Some that stand for all.
    """

    basis: Literal["code", "name", "nothing"]
    jobs: int
    sample: Sequence[MeasuredJob]

    def quantile(self, what: Literal["seconds", "cpu_seconds", "peak_memory_bytes"], share: float) -> float:
        """Return the value that this share of all jobs, 0 to 1, is not above. Something must be known."""
        rows = sorted(self.sample, key=lambda job: getattr(job, what))
        weights = list(accumulate(job.weight for job in rows))
        value: float = getattr(rows[min(bisect_left(weights, share * weights[-1]), len(rows) - 1)], what)
        return value

    @property
    def mean_seconds(self) -> float:
        """What a job takes, by which many of them take what they do; 0 where nothing is known."""
        weight = sum(job.weight for job in self.sample)
        return sum(job.seconds * job.weight for job in self.sample) / weight if weight else 0.0


NO_EXPERIENCE = Experience("nothing", 0, ())


def measured_jobs(rows: Iterable[Row]) -> MeasuredJobs | None:
    """Return what is remembered of the jobs that a launch has computed; None where none of them ended well.

    A job that failed tells little of how long others take.
    """
    ended = [row for row in rows if row["state"] in _ENDED_WELL and row["seconds"] != "" and "cpu_seconds" in row]
    if not ended:
        return None
    ended.sort(key=lambda row: (row["seconds"], row["key"]))
    some = [ended[place] for place in _spread(len(ended), SAMPLE)]
    return {
        "jobs": len(ended),
        "seconds": [float(row["seconds"]) for row in some],
        "cpu_seconds": [row.get("cpu_seconds", 0.0) for row in some],
        "peak_memory_bytes": [_memory_of(row) for row in some],
        "input_bytes": [row.get("input_bytes", 0) for row in some],
    }


def _memory_of(row: Row) -> int:
    """Return what a job took; where its task was tried again, at least half of what that had, as less was not enough.

    A process is measured by itself, while what limits a task may count all of its job together.
    """
    asked = row.get("asked", {})
    least = asked.get("memory_bytes", 0) // 2 if asked.get("attempt", 1) > 1 else 0
    return max(row.get("peak_memory_bytes", 0), least)


def _spread(count: int, most: int) -> list[int]:
    """Return at most so many places of a list, at the same distance, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]


def experience(launches: Iterable[LaunchRecord], code: str, name: str) -> Experience:
    """Return what launches have left of an analysis.

    Parameters
    ----------
    launches
        All that the store remembers.
    code
        Identity of its code, as in `Parts`: what was measured of the same code goes first.
    name
        What people call it, as in `LaunchRecord`: of older code, where of this nothing is known.
    """
    measured = [launch for launch in launches if "measured" in launch]
    of_code = [launch for launch in measured if launch["code"] == code]
    of_name = [launch for launch in measured if launch["analysis"] == name]
    newest = sorted(of_code or of_name, key=lambda launch: launch["started"], reverse=True)[:MOST_LAUNCHES]
    sample = [job for launch in newest for job in _jobs(launch["measured"])]
    if not sample:
        return NO_EXPERIENCE
    return Experience("code" if of_code else "name", sum(launch["measured"]["jobs"] for launch in newest), sample)


def _jobs(measured: MeasuredJobs) -> list[MeasuredJob]:
    columns = (measured["seconds"], measured["cpu_seconds"], measured["peak_memory_bytes"], measured["input_bytes"])
    weight = measured["jobs"] / max(len(measured["seconds"]), 1)
    return [MeasuredJob(*values, weight) for values in zip(*columns, strict=False)]
