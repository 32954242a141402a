"""What tasks asked for against what their jobs used, and what would be enough the next time."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from analysis_jobs.report.account import Row
from analysis_jobs.report.run import Run
from analysis_jobs.wording import memory_text, seconds_text

# Seconds from which on a job tells how many processors it keeps busy: before, it mostly starts
_LONG = 10


@dataclass(frozen=True)
class Enough:
    """How much is enough of a resource: what is needed times `margin`, in whole steps, and at least a floor."""

    margin: float
    step: int
    floor: int

    def of(self, needed: float) -> int:
        """Return how much is enough where so much is needed."""
        return max(self.floor, math.ceil(needed * self.margin / self.step) * self.step)


ENOUGH_MEMORY = Enough(1.2, 2**29, 2**30)  # bytes
# Seconds; another machine, and what else runs there, make more of a difference
ENOUGH_TIME = Enough(2.0, 60, 600)
_ENOUGH_PROCESSORS = Enough(1.0, 1, 1)


@dataclass(frozen=True)
class _Resource:
    """A resource: its parameter, its field of `AskedResources`, and what a job used of it.

    What is asked is too much where it is more than `usual`, and more than `times` what was used.
    """

    name: str
    field: str
    used: Callable[[Row], float]
    text: Callable[[float], str]
    enough: Enough
    parameter: Callable[[int], str]  # that asks for so much
    usual: float
    times: float


class Usage(NamedTuple):
    """What tasks asked for of a resource, those that asked for least, and what a job used at most."""

    resource: _Resource
    asked: float
    used: float

    @property
    def text(self) -> str:
        """It in words."""
        return f"asked {self.resource.text(self.asked)}, used at most {self.resource.text(self.used)}"

    @property
    def advice(self) -> str:
        """The parameter with which it is enough the next time; an empty text where most of it was used."""
        resource, enough = self.resource, self.resource.enough.of(self.used)
        if self.asked <= max(resource.usual, resource.times * self.used, enough):
            return ""
        return f"{self.text}: {resource.parameter(enough)}"


def _processors(row: Row) -> float:
    seconds = float(row["seconds"] or 0)
    return row.get("cpu_seconds", 0.0) / seconds if seconds >= _LONG else 0.0


def limit_text(seconds: float) -> str:
    """Return a limit of time as parameters have it, where it is in whole minutes."""
    for word, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {word}"
    return seconds_text(seconds)


_RESOURCES = (
    _Resource(
        "Memory", "memory_bytes", lambda row: row.get("peak_memory_bytes", 0), memory_text,
        ENOUGH_MEMORY, lambda enough: f"--analysis_memory '{memory_text(enough)}'", 2**31, 2,
    ),
    _Resource(
        "Processors", "processors", _processors, lambda number: f"{number:.1f} processors".replace(".0 ", " "),
        _ENOUGH_PROCESSORS, lambda enough: f"--analysis_cpus {enough}", 1, 2,
    ),
    _Resource(
        "Time of a job", "seconds", lambda row: float(row["seconds"] or 0), limit_text,
        ENOUGH_TIME, lambda enough: f"--analysis_time '{limit_text(enough)}'", 3600, 10,
    ),
)  # fmt: skip


def usages(rows: Iterable[Row]) -> dict[str, Usage]:
    """Return by its name what was asked for and used of each resource, as far as jobs that ended well tell."""
    ended = [row for row in rows if row["state"] in ("done", "empty") and "asked" in row]
    found = (_usage(resource, ended) for resource in _RESOURCES)
    return {usage.resource.name: usage for usage in found if usage}


def _usage(resource: _Resource, rows: Sequence[Row]) -> Usage | None:
    asked = [float(known[resource.field]) for row in rows if resource.field in (known := _asked_by(row))]
    used = max((resource.used(row) for row in rows), default=0.0)
    return Usage(resource, min(asked), used) if asked and used else None


def _asked_by(row: Row) -> Mapping[str, Any]:
    return row["asked"]


def advice(run: Run) -> Iterator[str]:
    """Yield in a line what a launch asked for in vain, and the parameters with which less is enough the next time."""
    learnt = run.about.get("learnt", [])
    said = (usage.advice for usage in usages(run.computed).values() if usage.resource.field not in learnt)
    if words := "; ".join(filter(None, said)):
        yield words
