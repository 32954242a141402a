"""The columns of jobs.tsv: what is written has the form that they say."""

import re
from pathlib import Path

import pytest
from support.lab import table_rows
from support.reports import decision
from support.samples import outcome, published

from analysis_jobs.report.account import final_rows, write_jobs_table
from analysis_jobs.report.columns import COLUMNS, EVERY, OF_RECORDING, OF_VALUES, STATES, WITHOUT_RESULT

KEY = "0a" * 32


def written(folder: Path) -> list[dict[str, str]]:
    """Return rows of all kinds, as they are read from the file."""
    run = {"key": KEY, "label": "a", "subject": "7", "acquired": "2026-10-05", "inputs": ["s3://a"]}
    ran = [published(KEY), outcome(KEY, "failed"), outcome(KEY, "empty"), {**published(KEY), "seconds": 2.5e-05}]
    rows = [row for found in ran for row in final_rows([decision("run", **run)], {KEY: found}, dry_run=False)]
    rows += final_rows([decision("invalid", file="=1+1.json", reason="no JSON")], {}, dry_run=False)
    for number, row in enumerate(rows):
        row["parameters"] = {"cutoff": number}
    write_jobs_table(rows, folder / "jobs.tsv")
    return table_rows(folder / "jobs.tsv")


def test_cells_have_their_forms(tmp_path: Path) -> None:
    rows = written(tmp_path)
    assert {row["state"] for row in rows} == {"done", "failed", "empty", "invalid"}
    for row in rows:
        assert list(row)[: len(EVERY)] == [column.name for column in EVERY]
        assert all(name.startswith(tuple(OF_VALUES)) for name in list(row)[len(EVERY) :])
        assert [column.name for column in EVERY if not re.fullmatch(column.form, row[column.name])] == []
    assert any("parameters.cutoff" in row and "outputs.value" in row for row in rows)


@pytest.mark.parametrize(("name", "cell"), [("key", "abc"), ("state", "donee"), ("seconds", "2,5"), ("attempt", "1.0")])
def test_what_is_of_no_form(name: str, cell: str) -> None:
    (column,) = (column for column in EVERY if column.name == name)
    assert not re.fullmatch(column.form, cell)


def test_names() -> None:
    assert (*COLUMNS, *OF_RECORDING) == tuple(column.name for column in EVERY)
    assert set(WITHOUT_RESULT) < set(STATES)
