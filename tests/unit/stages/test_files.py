"""The files that stages hand to each other."""

import json
import os
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.files import (
    checked_decisions,
    count_failed,
    note_seconds,
    read_entries,
    read_left,
    read_outcomes,
    write_lines,
)


def test_lines_come_back(tmp_path: Path) -> None:
    lines = [{"key": "a", "text": "two\nlines \u2028 ü"}, {"key": "b"}]
    write_lines(tmp_path / "x.jsonl", iter(lines))
    assert list(read_outcomes(tmp_path / "x.jsonl")) == lines
    write_lines(tmp_path / "x.jsonl", [])
    assert list(read_outcomes(tmp_path / "x.jsonl")) == []


def test_entries_of_all_batches_in_one_order(tmp_path: Path) -> None:
    batches = {"b.json": ["3"], "a.json": ["2", "1"]}
    write_files(
        tmp_path, {name: json.dumps({"jobs": [{"key": key} for key in keys]}) for name, keys in batches.items()}
    )
    write_files(tmp_path, {"notes.txt": ""})
    assert [entry["key"] for entry in read_entries(tmp_path)] == ["2", "1", "3"]


def test_failed_jobs_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    count_failed([{"state": state} for state in ("failed", "done", "failed", "empty")])
    assert Path("failed.txt").read_text() == "2"


def test_what_a_batch_took_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    note_seconds(12.34567)
    assert Path("seconds.txt").read_text() == "12.346"


def test_what_was_not_started(tmp_path: Path) -> None:
    assert read_left(tmp_path / "left.json")["keys"] == []
    (tmp_path / "left.json").write_text('{"reason": "as it is", "keys": ["a"]}')
    assert read_left(tmp_path / "left.json") == {"reason": "as it is", "keys": ["a"]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "it is not JSON"),
        ("", "it is empty"),
        ("[]", "it is a list, and must be an object"),
        ("{}", "it has no file"),
        ('{"file": "a", "decision": "perhaps", "reason": ""}', "decision is 'perhaps'"),
        ('{"file": "a", "decision": "run", "reason": "", "older": ["x"]}', "it has no parts"),
        ('{"file": "a", "decision": "run", "reason": "", "older": [1]}', "older"),
    ],
)
def test_decisions_that_somebody_gives_are_looked_at(tmp_path: Path, line: str, said: str) -> None:
    good = {"file": "a.json", "decision": "run", "reason": "new"}
    (tmp_path / "plan.jsonl").write_text(f"{json.dumps(good)}\n{line}\n")
    lines = checked_decisions(tmp_path / "plan.jsonl")
    assert next(lines) == good
    with pytest.raises(InvalidInput) as caught:
        list(lines)
    assert str(caught.value).startswith(f"{tmp_path / 'plan.jsonl'}, line 2 is not a decision of a plan: {said}")


def test_decisions_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be read \(No such file or directory\); give the decisions"):
        list(checked_decisions(tmp_path / "plan.jsonl"))


def test_nobody_waits_for_decisions_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.jsonl")
    with pytest.raises(InvalidInput, match=r"cannot be read \(it is a pipe, not a file\); give the decisions"):
        list(checked_decisions(tmp_path / "plan.jsonl"))
