"""What tasks ask for by what jobs took before, and by what they ran out of."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import entry

from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.stages.dedupe.asking import DEFAULT_MEMORY, Ask, Resource, asks_of, input_sizes, needed
from analysis_jobs.stages.experience import NO_EXPERIENCE, Experience, MeasuredJob
from analysis_jobs.store.states import new_owner, new_state, pending

GB = 2**30
RESOURCES: tuple[Resource, ...] = ("memory_bytes", "seconds")


def known(*jobs: tuple[float, float, int], basis: Any = "code") -> Experience:
    """Return what is known of jobs by their seconds, their GB of memory, and the GB of their inputs."""
    sample = [MeasuredJob(seconds, 1.0, int(memory * GB), size * GB, 1.0) for seconds, memory, size in jobs]
    return Experience(basis, len(sample), sample)


def asks(
    experience: Experience, needs: dict[str, Any] | None = None, sizes: dict[str, int] | None = None
) -> dict[Resource, Ask]:
    return asks_of(experience, RESOURCES, needs or {}, lambda: sizes or {})


def test_where_nothing_is_known_it_is_as_without_it() -> None:
    found = asks(NO_EXPERIENCE)
    assert found["memory_bytes"].of(["a", "b"]) == DEFAULT_MEMORY == 2 * GB
    assert found["seconds"].of(["a", "b"]) is None
    assert found["memory_bytes"].note(NO_EXPERIENCE, ["a"]) == (
        "memory of a task: 2 GB, as no job of this analysis has been measured yet"
    )
    assert found["seconds"].note(NO_EXPERIENCE, ["a"]) == (
        "time of a job: no limit, as no job of this analysis has been measured yet"
    )


@pytest.mark.parametrize(
    ("memory", "asked"), [(0.01, 1.0), (0.83, 1.0), (0.84, 1.5), (1.25, 1.5), (1.26, 2.0), (3.1, 4.0), (100, 120)]
)
def test_memory_has_a_margin_and_a_floor(memory: float, asked: float) -> None:
    assert asks(known((1, memory, 0)))["memory_bytes"].of(["a"]) == asked * GB


@pytest.mark.parametrize(("seconds", "asked"), [(1, 600), (300, 600), (301, 660), (3600, 7200)])
def test_time_has_a_margin_and_a_floor(seconds: float, asked: int) -> None:
    assert asks(known((seconds, 1, 0)))["seconds"].of(["a"]) == asked


def test_a_task_has_what_the_job_that_wants_most_of_it_needs() -> None:
    found = asks(known((1, 1, 0)), {"b": {"memory_bytes": 8 * GB}, "c": {"memory_bytes": 1, "seconds": 5000}})
    assert [found["memory_bytes"].of(keys) for keys in ("a", "ab", "c")] == [1.5 * GB, 8 * GB, 1.5 * GB]
    assert [found["seconds"].of(keys) for keys in ("a", "ab", "ac")] == [600, 600, 5000]
    assert found["memory_bytes"].note(known((1, 1, 0)), "ab") == (
        "memory of a task: 1.5 GB to 8 GB, as 1 job of this analysis took at most 1 GB; 1 job ran out of it before"
    )


def test_one_job_without_a_limit_leaves_its_task_without_one() -> None:
    found = asks(NO_EXPERIENCE, {"a": {"memory_bytes": 8 * GB, "seconds": 5000}})
    assert [found["seconds"].of(keys) for keys in ("a", "ab")] == [5000, None]
    assert [found["memory_bytes"].of(keys) for keys in ("a", "b")] == [8 * GB, 2 * GB]


def test_each_job_by_the_size_of_its_inputs() -> None:
    experience = known(*((60 * size, 1 + size, size) for size in range(1, 11)), basis="name")
    found = asks(experience, sizes={"small": GB, "large": 20 * GB})
    assert [found["memory_bytes"].of([key]) for key in ("small", "large", "unknown")] == [
        2.5 * GB, 25.5 * GB, 13.5 * GB,
    ]  # fmt: skip
    assert found["seconds"].of(["large"]) == 2400
    assert found["memory_bytes"].note(experience, ["small", "large"]) == (
        "memory of a task: 2.5 GB to 25.5 GB, by the size of the inputs, as in 10 jobs of this analysis with other code"
    )


def test_inputs_are_looked_at_only_where_it_matters() -> None:
    def look() -> Any:
        raise AssertionError

    asks_of(known((1, 1, 1)), RESOURCES, {}, look)
    asks_of(NO_EXPERIENCE, RESOURCES, {}, look)


def test_only_what_is_left_to_it() -> None:
    assert list(asks_of(known((1, 1, 0)), ["seconds"], {}, dict)) == ["seconds"]
    assert asks_of(known((1, 1, 0)), [], {}, dict) == {}


def failed(kind: str, **more: Any) -> Any:
    error = {"stage": "analyze", "cause": "analysis", "type": kind, "message": "oh"}
    return new_state("k", "failed", 1, {}, error=error, **more)


ASKED = {"memory_bytes": 3 * GB, "processors": 1, "seconds": 700.0}


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        (None, {}),
        (failed("ValueError", asked=ASKED), {}),
        (failed("MemoryError", asked=ASKED), {"memory_bytes": 6 * GB, "seconds": 700}),
        (failed("SIGKILL", asked=ASKED), {"memory_bytes": 6 * GB, "seconds": 700}),
        (failed("TimeLimit", asked=ASKED), {"memory_bytes": 3 * GB, "seconds": 1400}),
        (failed("OutOfMemory"), {"memory_bytes": 2 * DEFAULT_MEMORY}),
        (failed("TimeLimit"), {}),
        (new_state("k", "done", 1, {}, asked=ASKED), {}),
    ],
)
def test_what_a_job_ran_out_of_is_doubled(state: Any, needs: dict[str, Any]) -> None:
    assert needed(state) == needs


def test_a_claim_of_a_launch_that_died_keeps_it() -> None:
    claim = pending("k", 2, {}, new_owner("dead", None), 1.0, asked={"memory_bytes": 6 * GB})
    assert needed(claim) == {"memory_bytes": 6 * GB}
    assert needed(pending("k", 2, {}, new_owner("dead", None), 1.0)) == {}


def of_inputs(key: str, *places: Path) -> str:
    return json.dumps(entry(key, job={"s3_location": list(map(str, places))}))


def test_the_sizes_of_inputs(tmp_path: Path) -> None:
    for name, size in (("a", 10), ("folder/b", 200), ("folder/c", 3000)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(size))
    entries = [
        of_inputs("both", tmp_path / "a", tmp_path / "folder"),
        of_inputs("one", tmp_path / "a"),
        of_inputs("gone", tmp_path / "a", tmp_path / "nothing"),
    ]
    assert input_sizes(entries) == {"both": 3210, "one": 10}


def test_a_service_that_does_not_answer_is_no_reason_to_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def look(*_: object, **__: object) -> Any:
        raise ServiceUnavailable("no answer")

    monkeypatch.setattr(Inputs, "look", look)
    assert input_sizes([of_inputs("k", tmp_path)]) == {}
