"""Which jobs share a batch: by what is known of them, and of the batches that died."""

from hashlib import sha256
from pathlib import Path

import pytest

from analysis_jobs.stages.dedupe.division import Division, Kept, batches_to_keep, divided, read_kept, slices, write_kept
from analysis_jobs.stages.dedupe.planner import Planned, PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.experience import NO_EXPERIENCE, Experience, MeasuredJob

AUTOMATIC = Sizing()
A_SECOND = Experience("code", 200, [MeasuredJob(1.0, 1.0, 0, 0, 200.0)])


def jobs(count: int, **fields: str) -> list[PlannedJob]:
    return [
        PlannedJob(sha256(f"{fields} {number}".encode()).hexdigest(), **{"folder": "", "entry": "{}", **fields})
        for number in range(count)
    ]


def division(*some: PlannedJob, sizing: Sizing = AUTOMATIC, known: Experience = NO_EXPERIENCE) -> Division:
    return divided(Planned(jobs=list(some), first={job.key: "" for job in some}), sizing, known)


def sizes(found: Division) -> list[int]:
    return sorted(len(batch) for batch in found.batches)


def test_by_what_is_known() -> None:
    found = division(*jobs(300), sizing=Sizing(None, 1.0, 2), known=A_SECOND)
    assert sizes(found) == [50] * 6
    assert found.note == "6 tasks of about 50 jobs: 90% of jobs take at most 1 s, by 200 jobs of this code"


def test_nothing_to_run_has_no_note() -> None:
    assert division() == Division([], "")


@pytest.mark.parametrize("known", [NO_EXPERIENCE, A_SECOND])
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


def test_of_many_of_which_nothing_is_known_some_go_ahead() -> None:
    some = jobs(30)
    found = division(*some, *jobs(3, folder="a"), sizing=Sizing(None, 1.0, 4))
    assert [batch for batch in found.batches if not batch[0].folder] == [[job] for job in sorted(some)[:4]]
    assert (sizes(found), found.ahead) == ([1, 1, 1, 1, 3], 5)
    assert found.waiting == sorted(some)[4:]
    assert found.note == (
        "nothing is known about this analysis: 5 tasks first, which show how many of the other 26 jobs share one"
    )


@pytest.mark.parametrize(("count", "sizing"), [(8, Sizing(None, 1.0, 2)), (30, Sizing(None, 1.0, 15)), (30, Sizing(1))])
def test_nobody_waits(count: int, sizing: Sizing) -> None:
    found = division(*jobs(count), sizing=sizing)
    assert (sizes(found), found.ahead, found.waiting, found.note) == ([1] * count, 0, (), "")


def test_what_is_taken_up_again_has_the_same_batches(tmp_path: Path) -> None:
    some, sizing = jobs(30), Sizing(None, 1.0, 2)
    first = division(*some, sizing=sizing)
    rest = slices(first.waiting, 14)
    write_kept(tmp_path / "kept.json", first.ahead, batches_to_keep([*first.batches, *rest]))
    done = {first.batches[0][0], *rest[0]}
    left = [job for job in some if job not in done] + jobs(1, folder="new")
    found = divided(Planned(jobs=left), sizing, A_SECOND, read_kept(tmp_path / "kept.json"))
    assert found.batches == [first.batches[1], rest[1], jobs(1, folder="new")]
    assert (found.ahead, found.waiting) == (1, ())


def test_nothing_was_kept() -> None:
    assert read_kept(None) == Kept()
