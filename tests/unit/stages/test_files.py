"""The files that stages hand to each other."""

import json
from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.stages.files import count_failed, read_entries, read_outcomes, write_lines


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
