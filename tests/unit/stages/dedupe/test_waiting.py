"""The jobs that wait for a first wave, written and read."""

from pathlib import Path

from analysis_jobs.stages.dedupe.planner import PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.dedupe.waiting import Waiting


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    jobs = [PlannedJob("k1", "", '{"key": "k1"}'), PlannedJob("k2", "", "{}")]
    waiting = Waiting(jobs, {"k1": "session · cutoff=1"}, 2, 1, 20, Sizing(None, 0.5, 2), [["a"], ["b"]])
    waiting.write(tmp_path / "rest.json")
    assert Waiting.read(tmp_path / "rest.json") == waiting
