"""What is said of jobs before they run."""

from collections.abc import Sequence
from typing import Literal

import pytest

from analysis_jobs.stages.dedupe.forecast import TASK_SECONDS, Room, forecast, seconds_to_end
from analysis_jobs.stages.experience import NO_EXPERIENCE, Experience, MeasuredJob


def known(*seconds: float, jobs: int = 1204, basis: Literal["code", "name"] = "code") -> Experience:
    return Experience(basis, jobs, [MeasuredJob(each, each, 0, 0, 1) for each in seconds])


FIFTY = [5] * 50
FROM = "from 1,204 jobs of this analysis (median 41 s)"


@pytest.mark.parametrize(
    ("sizes", "experience", "room", "said"),
    [
        (FIFTY, known(41), Room(8), f"50 tasks, 8 side by side: about 23 min 58 s (2 h 50 min of computing); {FROM}"),
        (FIFTY, known(41), Room(500), f"50 tasks: about 3 min 26 s (2 h 50 min of computing); {FROM}"),
        (FIFTY, known(41), Room(), f"50 tasks: about 2 h 50 min of computing; {FROM}"),
        (
            FIFTY,
            known(41),
            Room(None, 0.6),
            f"50 tasks: about 2 h 50 min of computing, cost about 1.708 at 0.6 per hour; {FROM}",
        ),
        (
            [1],
            known(2, 4, jobs=2, basis="name"),
            Room(2),
            "1 task: about 3.5 s (3 s of computing); from 2 jobs of this analysis with other code (median 2 s)",
        ),
        (
            FIFTY,
            NO_EXPERIENCE,
            Room(8),
            "50 tasks, 8 side by side; how long jobs of this analysis take is not known yet",
        ),
        ([1], NO_EXPERIENCE, Room(), "1 task; how long jobs of this analysis take is not known yet"),
    ],
)
def test_in_words(sizes: Sequence[int], experience: Experience, room: Room, said: str) -> None:
    assert forecast(sizes, experience, room) == [said]


def test_without_jobs_nothing_is_said() -> None:
    assert forecast([], known(1), Room(2, 1)) == []


@pytest.mark.parametrize(
    ("sizes", "side_by_side", "jobs", "tasks"),
    [([1, 1, 1], 1, 3, 3), ([1, 1, 1], 2, 2, 2), ([1, 1, 1], 9, 1, 1), ([5, 1, 1, 1], 2, 5, 1), ([], 2, 0, 0)],
)
def test_a_task_begins_as_soon_as_there_is_room(sizes: list[int], side_by_side: int, jobs: int, tasks: int) -> None:
    assert seconds_to_end(sizes, 10, side_by_side) == 10 * jobs + TASK_SECONDS * tasks
