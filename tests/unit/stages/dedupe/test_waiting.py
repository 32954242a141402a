"""The jobs that wait for a first wave, written and read."""

from pathlib import Path

from analysis_jobs.stages.dedupe.asking import Resource
from analysis_jobs.stages.dedupe.planner import PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.dedupe.waiting import Waiting

ASKED: dict[Resource, dict[str, int | None]] = {"memory_bytes": {"k1": 5, "k2": 7}, "seconds": {"k1": 60, "k2": None}}


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    jobs = [PlannedJob("k1", "", '{"key": "k1"}'), PlannedJob("k2", "", "{}")]
    waiting = Waiting(jobs, {"k1": "session · cutoff=1"}, 2, 1, 20, Sizing(None, 0.5, 2), [["a"], ["b"]], ASKED)
    assert waiting.asks()["memory_bytes"](["k1", "k2"]) == 7
    assert waiting.asks()["seconds"](["k1", "k2"]) is None  # as one of them has no limit
    assert waiting.asks()["seconds"](["k1"]) == 60
    waiting.write(tmp_path / "rest.json")
    assert Waiting.read(tmp_path / "rest.json") == waiting
