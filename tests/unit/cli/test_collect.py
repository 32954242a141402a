"""`analysis-jobs collect`: a report first, and what it removes when it is told to."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.shelf import RATES, Shelf, command
from support.upkeep import LAUNCH

from analysis_jobs.cli.collect import _show
from analysis_jobs.upkeep.collect import Garbage
from analysis_jobs.upkeep.removal import Doomed


@pytest.fixture
def folder(shelf: Shelf) -> list[str]:
    return ["--bucket", str(shelf.bucket.folder)]  # type: ignore[attr-defined]


def old_and_unrecorded(shelf: Shelf) -> str:
    key = shelf.done(["/in/a"], RATES)
    assert not shelf.store.remove("record", [key])
    long_ago = time.time() - 10 * 86_400
    for path in Path(shelf.bucket.folder, key).rglob("*"):  # type: ignore[attr-defined]
        os.utime(path, (long_ago, long_ago))
    return key


def test_a_report_removes_nothing(shelf: Shelf, place, folder, capsys):
    key = old_and_unrecorded(shelf)
    said = command(capsys, "collect", *place, *folder)
    assert (said.code, said.err) == (0, "")
    columns, row, counted, last = said.out.splitlines()
    assert columns == "key\twhat\tfiles\tsize\twhy"
    assert row.startswith(f"{key}\tresult without record\t4\t")
    assert row.endswith("\tno record names it, and nothing was written there for 10 days")
    assert counted.startswith("1 finding (1 result without record), ")
    assert last == "nothing was removed: --yes removes it"
    (line,) = command(capsys, "collect", "--json", *place, *folder).lines
    assert (line["key"], line["removed"], line["reason"]) == (key, False, "a report: --yes removes it")
    assert shelf.bucket.manifest(key) is not None


def test_many_findings_are_counted_in_one_way(capsys):
    garbage = [Garbage("replaced result", Doomed("k", None, True, ("a",), 1), "why")] * 7_500
    _show([*garbage, replace(garbage[0], kind="leftovers"), replace(garbage[0], kind="result without record")])
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith("7,502 findings (7,500 replaced results, leftovers of 1 upload, 1 result without record), ")
    )


def test_with_yes_it_is_removed(shelf: Shelf, place, folder, capsys):
    key = old_and_unrecorded(shelf)
    said = command(capsys, "collect", "--yes", "--by", "alice", *place, *folder)
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("1 of 1 removed, ")
    assert shelf.bucket.files(key) == {}
    assert [(note["act"], note["by"]) for note in shelf.store.history(key)] == [("collected", "alice")]
    assert command(capsys, "collect", "--yes", *place, *folder).out == "nothing to collect\n"


def test_results_that_newer_code_has_replaced(shelf: Shelf, place, folder, capsys):
    old = shelf.done(["/in/a"], RATES, run=LAUNCH)
    new = shelf.done(["/in/a"], RATES, code="version:2", ended="2026-01-05T00:00:00+00:00", run=LAUNCH)
    assert command(capsys, "collect", *place, *folder).out == "nothing to collect\n"
    said = command(capsys, "collect", "--superseded", "--json", "--yes", *place, *folder)
    ((line),) = said.lines
    assert (line["key"], line["kind"], line["why"]) == (old, "replaced result", f"{new} has replaced it")
    assert shelf.store.recorded([old, new]).keys() == {new}


def test_what_the_store_knows_nothing_of_is_left_alone(shelf: Shelf, place, folder, capsys):
    key = old_and_unrecorded(shelf)
    assert not shelf.store.remove("state", [key])
    said = command(capsys, "collect", "--yes", *place, *folder)
    assert (said.code, said.out) == (0, "nothing to collect\n")
    assert said.err == (
        "warning: the store does not know 1 result there, which may belong to another store: left alone\n"
    )
    assert shelf.bucket.manifest(key) is not None


@pytest.mark.parametrize("age", ["", "30", "3 months", "-1d", "100001d"])
def test_an_age_is_hours_days_or_weeks(shelf: Shelf, place, folder, capsys, age: str):
    said = command(capsys, "collect", f"--older-than={age}", *place, *folder)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"error: --older-than is {age!r}; give hours, days or weeks, such as 12h, 30d or 8w\n"


def test_folders_are_for_gather(capsys):
    said = command(capsys, "collect", "/data", "--outdir", "/results")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "error: collect takes no folders, such as '/data': the command that makes one account of many launches is "
        "`analysis-jobs gather` now\n"
    )
