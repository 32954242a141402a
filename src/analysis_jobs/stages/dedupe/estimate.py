"""What a job will take at most, by what jobs of its analysis took before."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from analysis_jobs.stages.experience import Experience

# Of all jobs, those that took no more than what is expected of the next ones
SHARE = 0.95
# When the size of the inputs explains what jobs took: so many jobs of known sizes, the largest so many times the
# smallest, and so high a correlation
LEAST_JOBS, LEAST_SPREAD, LEAST_CORRELATION = 10, 2.0, 0.9


class SizeLine(NamedTuple):
    """What a job takes with nothing to read, and with each byte more."""

    base: float
    per_byte: float


@dataclass(frozen=True)
class Estimate:
    """What jobs take at most.

    Attributes
    ----------
    most
        What `SHARE` of those before did not exceed.
    line
        The same by the size of their inputs, where that explains it.
    """

    most: float
    line: SizeLine | None = None

    def of(self, input_bytes: int) -> float:
        """Return it for a job with so many bytes to read; 0 where nobody has looked."""
        return self.line.base + self.line.per_byte * input_bytes if self.line and input_bytes else self.most


def estimate(known: Experience, what: Literal["seconds", "peak_memory_bytes"]) -> Estimate | None:
    """Return what jobs take at most of their time or of memory; None where nothing is known."""
    if known.basis == "nothing":
        return None
    pairs = [(float(job.input_bytes), float(getattr(job, what))) for job in known.sample if job.input_bytes]
    return Estimate(known.quantile(what, SHARE), _line(pairs))


def _line(pairs: Sequence[tuple[float, float]]) -> SizeLine | None:
    """Return the line of least squares, moved up until `SHARE` of the pairs are not above it."""
    if len(pairs) < LEAST_JOBS:
        return None
    sizes, values = zip(*pairs, strict=True)
    if max(sizes) < LEAST_SPREAD * min(sizes) or max(values) == min(values):
        return None
    if statistics.correlation(sizes, values) < LEAST_CORRELATION:
        return None
    slope, intercept = statistics.linear_regression(sizes, values)
    above = sorted(value - intercept - slope * size for size, value in pairs)
    return SizeLine(intercept + above[round(SHARE * (len(above) - 1))], slope)
