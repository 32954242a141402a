"""Which jobs share a batch: by what is known of them, and of the batches that died."""

from hashlib import sha256

import pytest

from analysis_jobs.stages.dedupe.division import Division, divided, slices
from analysis_jobs.stages.dedupe.planner import Planned, PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.experience import NOTHING_KNOWN, Experience, MeasuredJob

AUTOMATIC = Sizing()
A_SECOND = Experience("code", 200, [MeasuredJob(1.0, 1.0, 0, 0, 200.0)])


def jobs(count: int, **fields: str) -> list[PlannedJob]:
    return [
        PlannedJob(sha256(f"{fields} {number}".encode()).hexdigest(), **{"folder": "", "entry": "{}", **fields})
        for number in range(count)
    ]


def division(*some: PlannedJob, sizing: Sizing = AUTOMATIC, known: Experience = NOTHING_KNOWN) -> Division:
    return divided(Planned(jobs=list(some), first={job.key: "" for job in some}), sizing, known)


def sizes(found: Division) -> list[int]:
    return sorted(len(batch) for batch in found.batches)


def test_by_what_is_known() -> None:
    found = division(*jobs(300), sizing=Sizing(None, 1.0, 2), known=A_SECOND)
    assert sizes(found) == [50] * 6
    assert found.note == "6 tasks of about 50 jobs: 90% of jobs take at most 1 s, by 200 jobs of this code"


def test_nothing_to_run_has_no_note() -> None:
    assert division() == Division([], "")


@pytest.mark.parametrize("known", [NOTHING_KNOWN, A_SECOND])
def test_what_is_given_goes_first(known: Experience) -> None:
    assert sizes(division(*jobs(5), sizing=Sizing(1), known=known)) == [1] * 5
    assert max(sizes(division(*jobs(100), sizing=Sizing(10), known=known))) > 1


def test_a_folder_shares_a_task_whatever_is_known() -> None:
    found = division(*jobs(100, folder="a"), *jobs(2, folder="b"), *jobs(120), known=A_SECOND)
    assert sizes(found) == [2, 60, 60, 100]


@pytest.mark.parametrize("sizing", [AUTOMATIC, Sizing(4)])
def test_a_batch_that_died_is_taken_apart(sizing: Sizing) -> None:
    died, others = jobs(9, died_in="1234"), jobs(8)
    found = division(*died, *jobs(1, died_in="5678"), *others, sizing=sizing, known=A_SECOND)
    halves = [batch for batch in found.batches if set(batch) & set(died)]
    assert sorted(len(half) for half in halves) == [4, 5]
    assert sorted(job for half in halves for job in half) == sorted(died)
    assert [batch for batch in found.batches if batch[0].died_in == "5678"] == [jobs(1, died_in="5678")]


def test_also_that_of_a_folder() -> None:
    assert sizes(division(*jobs(6, folder="a", died_in="1234"))) == [3, 3]


def test_jobs_that_are_alone_keep_their_order() -> None:
    some = jobs(20)
    assert [job for (job,) in division(*some).batches] == some


@pytest.mark.parametrize(("count", "size"), [(1, 4), (10, 3), (100, 7), (5, 100)])
def test_slices_are_even_and_in_the_order_of_keys(count: int, size: int) -> None:
    some = jobs(count)
    found = slices(some, size)
    assert [job for batch in found for job in batch] == sorted(some)
    assert max(map(len, found)) <= size
    assert max(map(len, found)) - min(map(len, found)) <= 1
