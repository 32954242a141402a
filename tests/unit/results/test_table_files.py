"""Tables in files: what CSV and Parquet hold, and texts that a spreadsheet would run."""

import csv
from pathlib import Path

import pytest

from analysis_jobs.results.table import outputs_table
from analysis_jobs.results.table_files import write_table

from .test_table import record


def test_what_a_spreadsheet_would_run_is_a_text_in_csv(tmp_path: Path):
    outputs = {"text": "=1+1", "number": -1.5, "list": ["=1"], "mixed": 1, "@x": "a"}
    table = outputs_table([record("1", outputs), record("2", {"mixed": "-a", "text": "'=2"})])
    write_table(table.rename(columns={"outputs.@x": "@x"}), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="") as file:
        one, two = csv.DictReader(file)
    found = {name: one[name] for name in ("outputs.text", "outputs.number", "outputs.list", "outputs.mixed", "'@x")}
    assert list(found.values()) == ["'=1+1", "-1.5", '["=1"]', "1", "a"]
    write_table(outputs_table([record("1", {"text": "\x1b[31mred"})]), tmp_path / "y.csv")
    assert "\\x1b[31mred" in (tmp_path / "y.csv").read_text()
    assert (two["outputs.text"], two["outputs.mixed"], two["outputs.number"]) == ("''=2", '"-a"', "")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "a"], ["1", '"a"']),
        ([[1], 2], ["[1]", "2"]),
        ([[1], ["a"]], ["[1]", '["a"]']),
        ([[{"a": 1}], [{}]], ['[{"a": 1}]', "[{}]"]),
        ([[[1]], [[2.5], []]], [[[1]], [[2.5], []]]),
        ([[[{}]], [[2]]], ["[[{}]]", "[[2]]"]),
        ([2**70, 1], [str(2**70), "1"]),
        ([[1], None], [[1], None]),
        ([["a", None], []], [["a", None], []]),
        ([True, None], [True, None]),
        ([[], []], [[], []]),
        ([[[]], None], [[[]], None]),
        ([["é"], 1], ['["é"]', "1"]),
        (["\ud800", "b"], ['"\\ud800"', '"b"']),
    ],
)
def test_what_parquet_cannot_hold_is_json(tmp_path: Path, values, expected):
    import duckdb

    table = outputs_table([record(str(row), {"x": value}) for row, value in enumerate(values)])
    write_table(table, tmp_path / "x.parquet")
    found = duckdb.sql(f"SELECT \"outputs.x\" FROM '{tmp_path / 'x.parquet'}' ORDER BY key").fetchall()
    assert [value for (value,) in found] == expected
