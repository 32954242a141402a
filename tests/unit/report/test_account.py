"""The account of a run: every job in the table, counts that add up, texts that break nothing."""

from pathlib import Path
from typing import Any

import pytest
from support.lab import table_rows
from support.reports import decision
from support.samples import entry, outcome, published

from analysis_jobs.report.account import (
    COLUMNS_AT_MOST,
    Row,
    closing_line,
    final_rows,
    plan_lines,
    write_jobs_table,
)
from analysis_jobs.report.columns import COLUMNS, OF_RECORDING
from analysis_jobs.stages.task_deaths import died


def row(kind: str, dry_run: bool = False, found: dict[str, Any] | None = None, **more: Any) -> Row:
    outcomes = {"k": found} if found else {}
    (only,) = final_rows([decision(kind, **more)], outcomes, dry_run=dry_run)
    return only


def test_computed() -> None:
    found = row("run", found=published("k"))
    assert [found[name] for name in COLUMNS] == ["a.json", "k", "done", "computed", 1, 10.0, "/bucket/k"]


@pytest.mark.parametrize("state", ["done", "failed", "empty"])
def test_what_counts_for_nothing_in_a_job_file_stays_in_the_reason(state: str) -> None:
    assert row("run", found={**published("k"), **outcome("k", state)}, note="ignored 'x'")["reason"].endswith(
        "; ignored 'x'"
    )


def test_computed_in_a_dry_run() -> None:
    found = row("run", dry_run=True, found=published("k"))
    assert (found["state"], found["reason"], found["location"]) == ("done", "dry run: computed, nothing published", "")


def test_empty() -> None:
    assert [row("run", found=outcome("k", "empty"))[name] for name in ("state", "reason")] == ["empty", "no units"]


def test_failed() -> None:
    found = row("run", found=outcome("k", "failed"))
    assert (found["state"], found["reason"], found["location"]) == ("failed", "analysis: ValueError: oh", "")
    lost = row("run", found=died(entry("k"), "upload"))
    assert lost["reason"].startswith("infrastructure: TaskDied: the UPLOAD task of this job died")


def test_lost_by_record() -> None:
    found = row("run")
    assert (found["state"], found["attempt"]) == ("failed", 1)
    assert found["reason"].startswith("infrastructure: TaskDied: its RECORD task died, nothing tells how; launch again")


def test_not_started() -> None:
    left: Any = {"reason": "as --max_cost 5 was reached", "keys": ["k"]}
    decisions = [decision("run", key="k"), decision("run", key="other"), decision("repeat", key="k")]
    found, other, repeat = final_rows(decisions, {"other": published("other")}, dry_run=False, left=left)
    assert (found["state"], found["attempt"], found["seconds"]) == ("not_started", 1, "")
    assert found["reason"] == "not started, as --max_cost 5 was reached: launch again to go on"
    assert (other["state"], repeat["state"]) == ("done", "repeat")
    line = closing_line([found, other, repeat], dry_run=False)
    assert line == "3 jobs: 1 done, 1 not_started, 1 repeat"


@pytest.mark.parametrize("kind", ["invalid", "claimed", "gave_up", "repeat"])
def test_what_was_not_run(kind: str) -> None:
    found = row(kind)
    assert (found["state"], found["reason"]) == (kind, f"it is {kind}")
    assert all(found[name] == "" for name in ("attempt", "seconds", "location"))


def test_a_computed_job_keeps_what_the_report_shows() -> None:
    found = row("run", found=published("k"), inputs=["in"], parameters={"cutoff": 1})
    assert (found["inputs"], found["parameters"], found["outputs"]) == (["in"], {"cutoff": 1}, {"value": 1.5})
    assert (found["peak_memory_bytes"], found["decision"]) == (160_000_000, "run")


def test_a_job_that_got_lost_has_an_error_with_a_cause() -> None:
    assert row("run")["error"]["cause"] == "infrastructure"


def test_done_before_with_what_it_took() -> None:
    found = row("done", location="/old", seconds=2.5, peak_memory_bytes=7)
    assert (found["seconds"], found["peak_memory_bytes"]) == (2.5, 7)


def test_done_before() -> None:
    assert row("done", location="/old")["location"] == "/old"
    assert row("done", state="empty")["state"] == "empty"


def test_repeats_have_the_location_of_the_first() -> None:
    rows = final_rows([decision("run"), decision("repeat", "b.json")], {"k": published("k")}, dry_run=False)
    assert [each["location"] for each in rows] == ["/bucket/k", "/bucket/k"]


def rows_of(*kinds: str, failed: int = 0, empty: int = 0) -> list[Row]:
    """Return the rows of some decisions; those to run are done but for some that failed or are empty."""
    decisions = [decision(kind.removesuffix("*"), key=f"{n}") for n, kind in enumerate(kinds)]
    states = ["failed"] * failed + ["empty"] * empty
    outcomes = {}
    for each in decisions:
        if each["decision"] == "run":
            outcomes[each["key"]] = outcome(each["key"], states.pop() if states else "done")
    for each, kind in zip(decisions, kinds, strict=True):
        if kind == "done*":
            each["state"] = "empty"
    return final_rows(decisions, outcomes, dry_run=False)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (rows_of("run"), "1 job: 1 done"),
        (rows_of("run", "run"), "2 jobs: 2 done"),
        (rows_of("done", "done"), "2 jobs: 2 done (all before)"),
        (rows_of("run", "done", "done"), "3 jobs: 3 done (2 of them before)"),
        (rows_of("run", "run", "run", failed=1, empty=1), "3 jobs: 1 done, 1 empty, 1 failed"),
        (rows_of("run", "done*"), "2 jobs: 1 done, 1 empty (all before)"),
        (rows_of("done", "run", "done*", empty=1), "3 jobs: 1 done (all before), 2 empty (1 of them before)"),
        (rows_of("done*"), "1 job: 1 empty (all before)"),
        (rows_of("invalid"), "1 job: 1 invalid"),
        (
            rows_of("run", "repeat", "claimed", "gave_up", "invalid", "invalid"),
            "6 jobs: 1 done, 1 gave_up, 2 invalid, 1 claimed, 1 repeat",
        ),
        ([], "0 jobs: "),
    ],
)
def test_closing_line(rows: list[Row], line: str) -> None:
    assert closing_line(rows, dry_run=False) == line
    assert closing_line(rows, dry_run=True) == f"dry run, nothing was published or recorded: {line}"


def test_a_reason_of_the_analysis_is_not_taken_for_ours() -> None:
    found = final_rows([decision("run")], {"k": outcome("k", "empty", reason="done before lunch")}, dry_run=False)
    assert closing_line(found, dry_run=False) == "1 job: 1 empty"


def test_a_state_that_is_unknown_is_not_lost() -> None:
    with pytest.raises(AssertionError, match="lost"):
        closing_line([{"state": "lost", "reason": ""}], dry_run=False)


FORMULA = "=HYPERLINK(1)"
ODD = 'tab\there, line\nend, return\r, "quotes", <b>bold</b> & \u2028 ü \x00 \udcff'


def test_table_has_a_line_for_each_row(tmp_path: Path) -> None:
    row = {**dict.fromkeys(COLUMNS, ""), "file": ODD, "reason": ODD, "state": "failed", "attempt": 1}
    write_jobs_table([row, row], tmp_path / "jobs.tsv")
    header, *lines = (tmp_path / "jobs.tsv").read_bytes().decode().split("\n")
    assert header.split("\t") == [*COLUMNS, *OF_RECORDING]
    text = 'tab here, line end, return , "quotes", <b>bold</b> & ü'
    assert lines == ["\t".join([text, "", "failed", text, "1", "", "", "", "", "", ""])] * 2 + [""]


def test_table_is_read_back(tmp_path: Path) -> None:
    rows = rows_of("run", "invalid", "done")
    for each in rows:
        each.pop("outputs", None)
    rows[0]["reason"], rows[1]["reason"] = "=HYPERLINK(1)", "'-1 is no number"
    write_jobs_table(rows, tmp_path / "jobs.tsv")
    assert "\t'=HYPERLINK(1)\t" in (tmp_path / "jobs.tsv").read_text()
    known = [{name: str(row[name]) for name in COLUMNS} for row in rows]
    assert table_rows(tmp_path / "jobs.tsv") == [{**one, **dict.fromkeys(OF_RECORDING, "")} for one in known]


def with_values(parameters: dict[str, Any] | None = None, outputs: dict[str, Any] | None = None, **more: Any) -> Row:
    values = {"parameters": parameters} if parameters is not None else {}
    return {**row("run", found=outcome("k")), **values, "outputs": outputs or {}, **more}


def written(rows: list[Row], folder: Path) -> list[dict[str, str]]:
    write_jobs_table(rows, folder / "jobs.tsv")
    return [dict(list(found.items())[len(COLUMNS) :]) for found in table_rows(folder / "jobs.tsv")]


def test_table_has_what_people_look_for(tmp_path: Path) -> None:
    about = {
        "label": "a · cutoff=1",
        "subject": "690494",
        "acquired": "2025-02-04T10:20:30",
        "inputs": ["/d/a", "/d/b"],
    }
    rows = [
        with_values(
            {"cutoff": -1, "same": 1, "filter": {"on": True}}, {"rate": 1.5, "units": [1], "by": {"x.y": "z"}}, **about
        ),
        with_values({"cutoff": "x", "same": 1, "filter": {"on": False}}, {"rate": None, "other": 2}),
        with_values(),
    ]
    assert written(rows, tmp_path) == [
        {
            **about,
            "inputs": "/d/a, /d/b",
            "parameters.cutoff": "-1",
            "parameters.filter.on": "true",
            "outputs.rate": "1.5",
            "outputs.by.x.y": "z",
            "outputs.other": "",
        },
        {
            **dict.fromkeys(OF_RECORDING, ""),
            "parameters.cutoff": "x",
            "parameters.filter.on": "false",
            "outputs.rate": "",
            "outputs.by.x.y": "",
            "outputs.other": "2",
        },
        {
            **dict.fromkeys(OF_RECORDING, ""),
            **dict.fromkeys(["parameters.cutoff", "parameters.filter.on"], ""),
            **dict.fromkeys(["outputs.rate", "outputs.by.x.y", "outputs.other"], ""),
        },
    ]


def test_hostile_texts_stay_in_their_cells(tmp_path: Path) -> None:
    rows = [with_values({"=1+1\t\n\u202e": text}, {"@out": text}, label=text, inputs=[text]) for text in (FORMULA, ODD)]
    first, second = written(rows, tmp_path)
    assert list(first) == [*OF_RECORDING, "parameters.=1+1", "outputs.@out"]
    assert set(first.values()) == {"", FORMULA}
    assert set(second.values()) == {"", 'tab here, line end, return , "quotes", <b>bold</b> & ü'}
    text = (tmp_path / "jobs.tsv").read_text()
    assert (text.count("\n"), text.count(f"\t'{FORMULA}"), text.count("\t=")) == (3, 4, 0)


def test_so_many_columns_are_cut(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (found,) = written([with_values({}, {f"unit_{number}": number for number in range(300)})], tmp_path)
    assert len(found) == COLUMNS_AT_MOST - len(COLUMNS)
    assert caplog.messages == ["jobs.tsv has the first 200 of 311 columns; `analysis-jobs export` has them all"]


def test_plan_lines() -> None:
    decisions = [
        decision("run", label="a"),
        decision("run", "b\tb.json", label="session_1 · cutoff=1"),
        decision("done", "c.json", reason="done\nbefore"),
    ]
    assert plan_lines(decisions).splitlines() == [
        "plan, nothing is run or claimed: 2 run, 1 done",
        "  run      a.json: it is run",
        "  run      b b.json (session_1 · cutoff=1): it is run",
        "  done     c.json: done before",
    ]


def test_a_long_plan_is_cut() -> None:
    lines = plan_lines([decision("run")] * 105).splitlines()
    assert len(lines) == 102
    assert lines[-1] == "  ... and 5 more, in decisions.jsonl"
