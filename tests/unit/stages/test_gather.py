"""One account of many launches: every job once, and counts that add up."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import write_files

from analysis_jobs.errors import InvalidInput
from analysis_jobs.stages.gather import gather, keep_account


def decision(file: str, key: str, what: str = "run", **more: Any) -> dict[str, Any]:
    return {"file": file, "decision": what, "reason": "new", "key": key, "attempt": 1, **more}


def launch(folder: Path, decisions: list[dict[str, Any]], settled: list[dict[str, Any]], **about: Any) -> None:
    files = {"decisions.jsonl": decisions, "account/settled.jsonl": settled, "account/run.json": [about]}
    write_files(folder, {name: "".join(f"{json.dumps(each)}\n" for each in lines) for name, lines in files.items()})


def settled(key: str, state: str = "done", **more: Any) -> dict[str, Any]:
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "no units"}
    return {"key": key, "state": state, "attempt": 1, **({"error": error} if state == "failed" else {}), **more}


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """What three instances left: the second found a job of the first running, and the third had nothing to run."""
    data = tmp_path / "data"
    launch(
        data / "0", [decision("a.json", "a"), decision("b.json", "b")], [settled("a", location="/r/a"), settled("b")]
    )
    launch(data / "1", [decision("a.json", "a", "claimed"), decision("c.json", "c")], [settled("c", "failed")])
    launch(data / "2", [decision("d.json", "d", "done"), decision("e.json", "e", "claimed")], [])
    return data


def rows(outdir: Path, column: str = "state") -> dict[str, str]:
    with (outdir / "jobs.tsv").open(newline="") as file:
        return {row["file"]: row[column] for row in csv.DictReader(file, delimiter="\t")}


def test_every_job_is_accounted_for_once(left: Path, tmp_path: Path) -> None:
    found = gather([left], tmp_path / "out")
    assert (found.text, found.without_result) == ("6 jobs: 3 done (1 of them before), 1 failed, 1 claimed, 1 repeat", 1)
    assert rows(tmp_path / "out") == {
        "0/a.json": "done",
        "0/b.json": "done",
        "1/a.json": "repeat",
        "1/c.json": "failed",
        "2/d.json": "done",
        "2/e.json": "claimed",
    }
    report = (tmp_path / "out" / "report.html").read_text()
    assert "no units" in report
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["jobs.tsv", "report.html"]


def test_labels_and_columns_are_those_of_all_launches_together(tmp_path: Path) -> None:
    """An instance with one job calls it by the recording alone, and has other columns than the next."""
    for number in range(2):
        about = {"inputs": ["/d/a"], "parameters": {"n": number}, "label": "a"}
        key = f"k{number}"
        launch(tmp_path / str(number), [decision("a.json", key, **about)], [settled(key, outputs={f"o{number}": 1})])
    gather([tmp_path / "0", tmp_path / "1"], tmp_path / "out")
    assert rows(tmp_path / "out", "label") == {"0/a.json": "a · n=0", "1/a.json": "a · n=1"}
    assert rows(tmp_path / "out", "parameters.n") == {"0/a.json": "0", "1/a.json": "1"}
    assert rows(tmp_path / "out", "outputs.o1") == {"0/a.json": "", "1/a.json": "1"}


def test_launches_may_be_given_one_by_one(left: Path, tmp_path: Path) -> None:
    found = gather([left / "0", left / "2"], tmp_path / "out")
    assert (found.text, found.without_result) == ("4 jobs: 3 done (1 of them before), 1 claimed", 0)


def test_launches_may_lie_deeper_and_behind_links(left: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "stage").mkdir(parents=True)
    (tmp_path / "more" / "stage" / "results").symlink_to(left)
    assert gather([tmp_path / "more"], tmp_path / "out").without_result == 1
    assert "0/a.json" in rows(tmp_path / "out")


def test_a_launch_without_an_account_is_named(left: Path, tmp_path: Path) -> None:
    """Or its jobs would be in no account; what only looks like one is none."""
    started = {"3/account/started.txt": "", "3/log.txt": "The environment lacks DOCDB_COLLECTION"}
    damaged = {"4/decisions.jsonl": "{", "5/decisions.jsonl": "", "5/account/settled.jsonl": "[]"}
    write_files(left, {**started, **damaged, "asset/log.txt": "", "log.txt": ""})
    found = gather([left], tmp_path / "out")
    assert found.text.splitlines()[1] == "no account of 3 of 6 launches: 3, 4, 5"
    assert found.without_result == 4


def test_launches_of_one_name_are_told_apart(left: Path, tmp_path: Path) -> None:
    launch(tmp_path / "other" / "0", [decision("z.json", "z")], [settled("z")])
    found = gather([left, tmp_path / "other", left / "0"], tmp_path / "out")
    assert found.text.startswith("7 jobs: ")
    assert {"0/a.json", "other/0/z.json"} <= rows(tmp_path / "out").keys()


def test_what_a_launch_has_not_started_is_no_failure(tmp_path: Path) -> None:
    launch(tmp_path / "0", [decision("a.json", "a"), decision("b.json", "b")], [])
    not_started = {"reason": "as --max_cost 5 was reached", "keys": ["a", "b"]}
    (tmp_path / "0" / "account" / "left.json").write_text(json.dumps(not_started))
    launch(tmp_path / "1", [decision("a.json", "a")], [settled("a")])
    found = gather([tmp_path / "0", tmp_path / "1"], tmp_path / "out")
    assert (found.text, found.without_result) == ("3 jobs: 1 done, 1 not_started, 1 repeat", 0)
    assert rows(tmp_path / "out") == {"0/a.json": "repeat", "0/b.json": "not_started", "1/a.json": "done"}


@pytest.mark.parametrize("order", [("0", "1"), ("1", "0")])
@pytest.mark.parametrize(
    ("other", "outcome"),
    [("claimed", None), ("done", None), ("gave_up", None), ("run", "failed")],
    ids=["running elsewhere", "done before", "given up", "failed"],
)
def test_a_job_of_two_counts_for_the_one_that_did_it(
    tmp_path: Path, order: tuple[str, ...], other: str, outcome: Any
) -> None:
    launch(tmp_path / "0", [decision("a.json", "a")], [settled("a", location="/r/a")])
    of_before = {"outputs": {"n": 1}} if other == "done" else {}
    launch(tmp_path / "1", [decision("b.json", "a", other, **of_before)], [settled("a", outcome)] if outcome else [])
    found = gather([tmp_path / name for name in order], tmp_path / "out")
    assert (found.text, found.without_result) == ("2 jobs: 1 done, 1 repeat", 0)
    assert rows(tmp_path / "out") == {"0/a.json": "done", "1/b.json": "repeat"}
    assert "outputs.n" not in (tmp_path / "out" / "jobs.tsv").read_text()  # of one job once


def test_dry_runs_are_told_as_such_and_count_for_nothing_beside_others(left: Path, tmp_path: Path) -> None:
    launch(tmp_path / "dry", [decision("a.json", "a")], [settled("a", location="/r/a")], dry_run=True)
    found = gather([tmp_path / "dry"], tmp_path / "out")
    assert (found.text, found.without_result) == ("dry run, nothing was published or recorded: 1 job: 1 done", 0)
    found = gather([left, tmp_path / "dry"], tmp_path / "out")
    assert found.text.splitlines()[1] == "no account of 1 of 4 launches: dry"


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_an_account_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=f"{name} has no account of a launch; give what launches with"):
        gather([tmp_path / name], tmp_path / "out")


def test_what_a_launch_keeps_is_what_is_gathered(tmp_path: Path) -> None:
    place = tmp_path / "launch"
    lines = {f"settled/group{number}.jsonl": json.dumps(settled(key)) + "\n" for number, key in enumerate("ab")}
    decided = "".join(json.dumps(decision(f"{key}.json", key)) + "\n" for key in "ab")
    write_files(tmp_path, {**lines, "run.json": "{}"})
    write_files(place, {"decisions.jsonl": decided})
    keep_account(place / "account", tmp_path / "settled", tmp_path / "run.json")
    assert gather([place], tmp_path / "out").text == "2 jobs: 2 done"
