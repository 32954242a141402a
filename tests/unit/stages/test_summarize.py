"""The account of a run: every line of the decisions is in the table, and the counts add up."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.inbox import inbox
from support.reports import decision
from support.samples import RUN, launch_record, outcome, published

from analysis_jobs.stages.files import write_lines
from analysis_jobs.stages.summarize import give_left_back, summarize, tell_end
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.release import held_claims
from analysis_jobs.store.states import pending


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


def test_how_much_its_inputs_are_is_known_of_a_job(here: Path) -> None:
    write_lines(here / "decisions.jsonl", [decision("run", "a.json", "0")])
    (here / "settled").mkdir()
    read = [{"location": "a.nwb", "size": 5}, {"location": "b.nwb", "size": 2}]
    write_lines(here / "settled" / "group1.jsonl", [published("0", inputs_read=read)])
    run = summarize(here / "decisions.jsonl", here / "settled", None)
    assert run
    assert run.rows[0]["input_bytes"] == 7


def test_what_tasks_took_that_died_is_known(here: Path) -> None:
    write_lines(here / "decisions.jsonl", [decision("run", "1.json", "1")])
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group1.jsonl", [outcome("1")])
    (here / "deaths").mkdir()
    for name, text in {"analyze-a": "2.5\n1\n", "analyze-b": "4\n"}.items():
        (here / "deaths" / f"{name}.lost").write_text(text)
    run = summarize(here / "decisions.jsonl", here / "settled", None)
    assert run
    assert run.lost == [2.5, 1, 4]


def test_what_was_not_started_is_free_for_the_next_launch(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(here / "records.sqlite")
    owner: Any = RUN["owner"]
    open_store(store).claim([pending("1", 1, {}, owner, 48)], {})  # type: ignore[arg-type]
    write_lines(here / "decisions.jsonl", [decision("run", "0.json", "0"), decision("run", "1.json", "1")])
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group1.jsonl", [outcome("0")])
    left: Any = {"reason": "as --max_hours 2 was reached", "keys": ["1"]}
    (here / "left.json").write_text(json.dumps(left))
    run = summarize(here / "decisions.jsonl", here / "settled", None)
    assert run
    assert capsys.readouterr().out == "2 jobs: 1 done, 1 not_started\n"
    assert (here / "failed.txt").read_text() == "0"
    give_left_back(left, RUN, store, None)
    assert not held_claims(open_store(store))


def test_without_such_jobs_no_store_is_asked(here: Path) -> None:
    give_left_back({"reason": "", "keys": []}, RUN, str(here / "none" / "records.sqlite"), None)
    assert not (here / "none").exists()


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


def test_outputs_of_before_are_in_the_table_and_the_report(here: Path) -> None:
    """A second launch over the same jobs, of which the last one is new."""
    before = [decision("done", f"{n}.json", f"{n}", inputs=["in"], outputs={"rate": n}) for n in range(2)]
    write_lines(here / "decisions.jsonl", [*before, decision("run", "2.json", "2", inputs=["in"])])
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group.jsonl", [published("2", outputs={"rate": 2})])
    summarize(here / "decisions.jsonl", here / "settled", None)
    with (here / "jobs.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["outputs.rate"] for row in rows] == ["0", "1", "2"]
    report = (here / "report.html").read_text()
    assert "Of earlier launches, as the store has them: the outputs of 2 of 3 jobs." in report


def test_the_end_is_told_to_the_store_and_to_who_gets_a_message(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = str(here / "records.sqlite")
    open_store(store).put_launch(launch_record())
    write_lines(here / "decisions.jsonl", [decision("run", "a.json", "0")])
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group.jsonl", [published("0")])
    (here / "run.json").write_text(json.dumps(RUN))
    run = summarize(here / "decisions.jsonl", here / "settled", here / "run.json")
    assert run is not None
    with inbox() as found:
        monkeypatch.setenv("ANALYSIS_NOTIFY", found.address)
        tell_end(run, "/results/report.html", store=None, notify=None, profile=None)
        assert found.messages == []
        tell_end(run, "/results/report.html", store=store, notify="always", profile=None)
    assert "1 job: 1 done" in found.messages[0]["message"]
    (launch,) = open_store(store).launches()
    assert (launch["state"], launch["counts"]) == ("ended", {"done": 1})


def test_what_was_asked_for_in_vain_is_said_at_the_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(here / "decisions.jsonl", [decision("run", "a.json", "0")])
    (here / "settled").mkdir()
    write_lines(here / "settled" / "group1.jsonl", [published("0", asked={"memory_bytes": 2**34, "processors": 1})])
    summarize(here / "decisions.jsonl", here / "settled", None)
    assert capsys.readouterr().out == ("1 job: 1 done\nasked 16 GB, used at most 153 MB: --analysis_memory '1 GB'\n")
