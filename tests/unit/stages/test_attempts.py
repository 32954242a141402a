"""Attempts at a job in one folder: none takes from another, and one that is whole counts."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.attempts import write_attempt
from support.samples import outcome, write_files

from analysis_jobs.stages.attempts import best_attempt, finish_attempt, has_ended_well, new_attempt
from analysis_jobs.stages.result_lines import ChangedResults

FILES = {"first": {"a.txt": "1", "only/first.txt": ""}, "second": {"a.txt": "2", "only/second.txt": ""}}


def said(state: str, started: str = "2024-03-01") -> dict[str, Any]:
    return {**outcome("k", state), "started": started}


def best(job: Path) -> Path:
    found = best_attempt(job)
    assert found is not None
    return found.folder


def test_none(tmp_path: Path) -> None:
    assert best_attempt(tmp_path / "k") is None
    write_files(tmp_path / "k", {"attempt/analysis.log": "died"})
    assert best_attempt(tmp_path / "k") is None
    assert not has_ended_well(tmp_path / "k")


@pytest.mark.parametrize("state", ["done", "empty", "failed"])
def test_one(tmp_path: Path, state: str) -> None:
    folder = write_attempt(tmp_path / "k" / "1", said(state), {})
    assert best(tmp_path / "k") == folder
    assert has_ended_well(tmp_path / "k") == (state != "failed")


@pytest.mark.parametrize("state", ["done", "empty"])
def test_one_that_ended_well_goes_before_one_that_failed(tmp_path: Path, state: str) -> None:
    write_attempt(tmp_path / "k" / "1", said("failed", "2024-03-01"), {})
    good = write_attempt(tmp_path / "k" / "2", said(state, "2024-03-02"), {})
    write_attempt(tmp_path / "k" / "3", said("failed", "2024-03-03"), {})
    assert best(tmp_path / "k") == good
    assert has_ended_well(tmp_path / "k")


def test_one_that_ended_well_and_comes_late_goes_before_one_that_failed(tmp_path: Path) -> None:
    write_attempt(tmp_path / "k" / "1", said("failed", "2024-03-02"), {})
    late = write_attempt(tmp_path / "k" / "2", said("done", "2024-03-01"), {"a.txt": "a"})
    (late / "results" / "a.txt").unlink()
    assert best(tmp_path / "k") == late


def test_the_last_of_several(tmp_path: Path) -> None:
    last = write_attempt(tmp_path / "k" / "a", said("done", "2024-03-02"), {})
    write_attempt(tmp_path / "k" / "b", said("done", "2024-03-01"), {})
    assert best(tmp_path / "k") == last


@pytest.mark.parametrize("seed", range(20))
def test_as_files_of_two_come_in_any_order_one_that_is_whole_is_taken(tmp_path: Path, seed: int) -> None:
    """What S3 holds of two attempts, at each moment while both are coming."""
    for name, files in FILES.items():
        write_attempt(tmp_path / "made" / name, said("done"), files)
    paths = [path for path in (tmp_path / "made").rglob("*") if path.is_file()]
    random.Random(seed).shuffle(paths)
    there = dict.fromkeys(FILES, 0)
    for path in paths:
        name = path.relative_to(tmp_path / "made")
        (tmp_path / "k" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "k" / name)
        there[name.parts[0]] += 1
        found = best_attempt(tmp_path / "k")
        if whole := {one for one, count in there.items() if count == 4}:
            assert found is not None
            assert found.folder.name in whole
            assert {file.name for file in found.files()} == {*FILES[found.folder.name], "analysis.log"}
        elif found:
            with pytest.raises(ChangedResults, match="missing: "):
                found.files()


def test_an_attempt_appears_at_once_and_beside_others(tmp_path: Path) -> None:
    one, other = new_attempt(tmp_path / "jobs"), new_attempt(tmp_path / "jobs")
    assert not (tmp_path / "jobs").exists()
    for folder in (one, other):
        write_files(folder, {"results/a.txt": folder.name, "outcome.json": "{}"})
    (one / "results" / "link.txt").symlink_to(one.absolute() / "results" / "a.txt")
    for folder in (one, other):
        finish_attempt(folder, tmp_path / "jobs" / "k")
    assert {path.name for path in (tmp_path / "jobs" / "k").iterdir()} == {one.name, other.name}
    assert (tmp_path / "jobs" / "k" / one.name / "results" / "link.txt").read_text() == one.name
