"""The account of a run: every line of the decisions is in the table, and the counts add up."""

import csv
import json
import os
from pathlib import Path

import pytest
from support.reports import decision
from support.samples import outcome, published

from analysis_jobs.stages.files import write_lines
from analysis_jobs.stages.summarize import summarize


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_summarize(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = [decision("run", f"{n}.json", f"{n}") for n in range(4)]
    decisions += [decision("invalid", "bad.json"), decision("repeat", "r.json", "0"), decision("gave_up", "g.json")]
    write_lines(here / "decisions.jsonl", decisions)
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group1.jsonl", [published("0"), outcome("1", "failed")])
    write_lines(here / "settled" / "group2.jsonl", [outcome("2", "empty")])
    summarize(here / "decisions.jsonl", here / "settled", None)
    said = "7 jobs: 1 done, 1 empty, 2 failed, 1 gave_up, 1 invalid, 1 repeat\n"
    assert capsys.readouterr().out == said
    assert (here / "failed.txt").read_text() == "4"  # of them, one that RECORD lost
    table = (here / "jobs.tsv").read_text().splitlines()
    assert len(table) == len(decisions) + 1
    assert said.strip() in (here / "report.html").read_text()


def test_summarize_a_plan(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(here / "decisions.jsonl", [decision("run"), decision("invalid", "bad.json")])
    summarize(here / "decisions.jsonl", None, None)
    assert capsys.readouterr().out.startswith("plan, nothing is run or claimed: 1 run, 1 invalid\n")
    assert (here / "failed.txt").read_text() == "1"
    assert sorted(os.listdir(here)) == ["decisions.jsonl", "failed.txt"]


def test_every_line_of_the_decisions_is_in_the_table(here: Path) -> None:
    decisions = [decision(("run", "done", "invalid")[n % 3], f"{n:04}.json", f"{n}") for n in range(1000)]
    write_lines(here / "decisions.jsonl", decisions)
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group.jsonl", [published(each["key"]) for each in decisions if "attempt" in each])
    summarize(here / "decisions.jsonl", here / "settled", None)
    with (here / "jobs.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["file"] for row in rows] == [each["file"] for each in decisions]
    assert json.loads((here / "failed.txt").read_text()) == 333
