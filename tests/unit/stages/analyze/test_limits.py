"""What a task on this machine takes, no other task has; and its jobs have the memory that is theirs."""

import os
import resource
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.stages.analyze import limits
from analysis_jobs.stages.analyze.limits import (
    NO_LIMITS,
    Limits,
    limited_memory,
    limits_of,
    take_gpus,
    take_processors,
    visible_gpus,
)

FORK = get_context("fork")
pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux limits")


class Task:
    """A process that takes something, says what it has, and keeps it until it is ended."""

    def __init__(self, take: Callable[[], object], has: Callable[[], Any]) -> None:
        self.here, there = FORK.Pipe()

        def run() -> None:
            take()
            there.send(has())
            there.recv()

        self.process = FORK.Process(target=run, daemon=True)
        self.process.start()

    def has(self) -> Any:
        assert self.here.poll(30)
        return self.here.recv()

    def waits(self) -> bool:
        return not self.here.poll(0.6)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Task]]:
    """Start tasks that take so many of some kind, on a machine of which no other tests take any."""
    locked, prefix = limits._locked, f"test {os.getpid()}"
    monkeypatch.setattr(limits, "_locked", lambda name: locked(f"{prefix} {name}"))
    started: list[Task] = []

    def start(take: Callable[[int], None], count: int, has: Callable[[], Any]) -> Task:
        started.append(Task(lambda: take(count), has))
        return started[-1]

    yield start
    for task in started:
        task.kill()


def processors() -> set[int]:
    return os.sched_getaffinity(0)


def gpus() -> str:
    return os.environ["CUDA_VISIBLE_DEVICES"]


def test_each_task_has_processors_of_its_own(start: Callable[..., Task]) -> None:
    there = len(os.sched_getaffinity(0))
    taken = [start(take_processors, 1, processors).has() for _ in range(there)]
    assert set.union(*taken) == os.sched_getaffinity(0)
    assert all(len(each) == 1 for each in taken)
    assert len(start(take_processors, 1, processors).has()) == 1  # of another launch: it shares one
    assert start(take_processors, there + 5, processors).has() == os.sched_getaffinity(0)


def test_a_task_waits_for_gpus_that_others_have(start: Callable[..., Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-7 ,9")
    two = start(take_gpus, 2, gpus)
    assert two.has() == "4,GPU-7"
    one = start(take_gpus, 1, gpus)
    assert one.has() == "9"
    both = [start(take_gpus, 2, gpus) for _ in range(2)]  # neither is to hold one while it waits for the other
    assert all(task.waits() for task in both)
    two.kill()
    first = next(task for task in both if not task.waits())
    assert first.has() == "4,GPU-7"
    first.kill()
    (second,) = (task for task in both if task is not first)
    assert second.has() == "4,GPU-7"


def test_where_there_are_fewer_gpus_or_none(start: Callable[..., Task], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert start(take_gpus, 2, gpus).has() == "0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert start(take_gpus, 2, gpus).has() == ""


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo 'GPU 0: A (UUID: x)'; echo '  MIG 1g (UUID: y)'; echo 'GPU 1: A (UUID: z)'", ["0", "1"]),
        ("echo 'No devices were found'", []),
        ("echo 'GPU 0: A'; exit 9", []),
        (None, []),
    ],
    ids=["two", "none", "it fails", "no tool"],
)
def test_gpus_that_the_tool_tells_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, found: list[str]
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    if script is not None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    assert visible_gpus() == found


def test_memory_is_limited_within_and_not_after() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with limited_memory(1_500_000_000):
        with pytest.raises(MemoryError):
            bytearray(1_600_000_000)
        assert bytearray(1_000_000)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    with limited_memory(None):
        assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_limits_are_what_was_asked_for() -> None:
    assert limits_of({"processors": 2, "gpus": 1, "memory_bytes": 5, "seconds": 1.0}) == Limits(2, 1, 5)
    assert limits_of({}) == Limits() == NO_LIMITS
