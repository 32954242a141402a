"""Jobs that waited for a first wave are put into batches by what it took."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from support.samples import outcome

from analysis_jobs.stages.dedupe.batches import KEPT_BATCHES
from analysis_jobs.stages.dedupe.division import read_kept
from analysis_jobs.stages.dedupe.planner import PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.dedupe.waiting import Waiting
from analysis_jobs.stages.size import seconds_seen, size


def ended(*seconds: float, state: str = "done") -> list[Any]:
    return [outcome(f"{state} {number}", state, seconds=each) for number, each in enumerate(seconds)]


@pytest.mark.parametrize(
    ("outcomes", "ahead", "seconds"),
    [
        (ended(1.0, 3.0, 2.0), 3, 3.0),
        (ended(*range(1, 21)), 20, 18.0),
        (ended(*range(1, 20)), 20, 18.0),  # one is not there
        (ended(1.0, 2.0), 3, math.inf),
        (ended(1.0) + ended(100.0, state="failed"), 2, 1.0),
        (ended(0.1, 0.2, state="failed"), 2, 0.2),
        ([], 2, math.inf),
    ],
)
def test_seconds(outcomes: list[Any], ahead: int, seconds: float) -> None:
    assert seconds_seen(outcomes, ahead) == seconds


def waiting(tmp_path: Path, jobs: int) -> Path:
    some = [PlannedJob(f"{number:064d}", "", json.dumps({"key": number})) for number in range(jobs)]
    labels = {job.key: f"session_{job.key[-2:]}" for job in some}
    path = tmp_path / "rest.json"
    Waiting(some, labels, 2, 1, 10, Sizing(None, 1.0, 2), [["a"], ["b"]], {}).write(path)
    return path


def test_what_is_written(tmp_path: Path) -> None:
    note = size(waiting(tmp_path, 30), ended(3.0, 6.0), tmp_path / "batches")
    assert note == "4 tasks of about 8 jobs: 90% of the first 2 jobs took at most 6 s"
    with (tmp_path / "batches" / "batches.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["jobs"], row["group"], row["ahead"]) for row in rows] == [
        ("7", "1", "0"), ("8", "2", "0"), ("7", "3", "0"), ("8", "4", "0"),
    ]  # fmt: skip
    kept = read_kept(tmp_path / "batches" / KEPT_BATCHES)
    assert (kept.ahead, kept.numbers["a"], kept.numbers["0" * 16]) == (2, 0, 5)


def test_a_wave_that_does_not_end_lets_each_of_the_others_be_alone(tmp_path: Path) -> None:
    assert (
        size(waiting(tmp_path, 3), [], tmp_path / "batches")
        == "3 tasks: too few of the first 2 jobs have ended in time"
    )
    names = sorted(path.name.partition(".")[2] for path in (tmp_path / "batches").glob("0*.json"))
    assert names[0] == "session_00.json"
