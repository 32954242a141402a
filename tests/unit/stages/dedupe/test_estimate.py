"""What jobs are expected to take, of all alike or by the size of their inputs."""

from collections.abc import Iterable

import pytest

from analysis_jobs.stages.dedupe.estimate import LEAST_JOBS, Estimate, SizeLine, estimate
from analysis_jobs.stages.experience import NO_EXPERIENCE, Experience, MeasuredJob


def known(pairs: Iterable[tuple[int, float]], weight: float = 1.0) -> Experience:
    """Return what is known of jobs, by the size of their inputs and their seconds."""
    sample = [MeasuredJob(seconds, 1.0, 5, size, weight) for size, seconds in pairs]
    return Experience("code", len(sample), sample)


def test_nothing_is_expected_where_nothing_is_known() -> None:
    assert estimate(NO_EXPERIENCE, "seconds") is None


def test_most_of_all_jobs_take_no_more() -> None:
    assert estimate(known((0, float(second)) for second in range(1, 101)), "seconds") == Estimate(95)
    assert estimate(known([(0, 1.0)]), "peak_memory_bytes") == Estimate(5)


def test_the_size_of_inputs_explains_what_jobs_took() -> None:
    found = estimate(known((size, 10 + 2 * size) for size in range(100, 1100, 100)), "seconds")
    assert found is not None
    assert found.line == SizeLine(pytest.approx(10), pytest.approx(2))
    assert found.of(5_000) == pytest.approx(10_010)
    assert found.of(0) == found.most == 2010  # nobody has looked


def test_the_line_is_above_most_jobs() -> None:
    found = estimate(known((size, 2 * size + (30 if size % 200 else 0)) for size in range(100, 2100, 100)), "seconds")
    assert found is not None
    assert found.of(1_100) >= 2_230


@pytest.mark.parametrize(
    "pairs",
    [
        [(size, 2 * size) for size in range(100, 100 + 100 * (LEAST_JOBS - 1), 100)],
        [(1_000 + number, number) for number in range(20)],
        [(size, 7) for size in range(100, 2100, 100)],
        [(0, number) for number in range(20)],
        [(size, size % 300) for size in range(100, 2100, 100)],
        [(size, -size) for size in range(100, 2100, 100)],
    ],
    ids=["few jobs", "sizes alike", "all the same", "sizes unknown", "by chance", "falling"],
)
def test_there_is_no_line(pairs: list[tuple[int, float]]) -> None:
    found = estimate(known(pairs), "seconds")
    assert found is not None
    assert found.line is None
    assert found.of(10**9) == found.most
