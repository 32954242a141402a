"""Outputs as a table: types, names, and the files it is written to."""

import csv
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.results.table import outputs_table, write_table


def record(key: str, outputs: Any, parameters: Any = None) -> dict[str, Any]:
    code = {"parameters": parameters or {}}
    return {"_id": key, "processing": {"data_processes": [{"code": code, "output_parameters": outputs}]}}


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([1, 2.5], "float64"),
        ([1.5, None], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        ([True, 1], "object"),
        ([2**53 + 1, 0.5], "object"),
        ([2**70, None], "object"),
        ([2**70, 1], "object"),
        ([1, "a"], "object"),
        ([[1], 2], "object"),
        ([None, None], "object"),
    ],
)
def test_types_of_columns(values, dtype):
    table = outputs_table([record(str(row), {"x": value}) for row, value in enumerate(values)])
    assert str(table["outputs.x"].dtype) == dtype
    assert [None if value is None else table["outputs.x"][row] for row, value in enumerate(values)] == values
    assert list(table["outputs.x"].isna()) == [value is None for value in values]


def test_texts_are_texts():
    table = outputs_table([record("1", {"x": "a"}), record("2", {})])
    assert (table["outputs.x"][0], table["outputs.x"].isna()[1]) == ("a", True)


def test_what_a_spreadsheet_would_run_is_a_text_in_csv(tmp_path: Path):
    outputs = {"text": "=1+1", "number": -1.5, "list": ["=1"], "mixed": 1, "@x": "a"}
    table = outputs_table([record("1", outputs), record("2", {"mixed": "-a", "text": "'=2"})])
    write_table(table.rename(columns={"outputs.@x": "@x"}), tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="") as file:
        one, two = csv.DictReader(file)
    found = {name: one[name] for name in ("outputs.text", "outputs.number", "outputs.list", "outputs.mixed", "'@x")}
    assert list(found.values()) == ["'=1+1", "-1.5", '["=1"]', "1", "a"]
    assert (two["outputs.text"], two["outputs.mixed"], two["outputs.number"]) == ("''=2", '"-a"', "")


def test_names_that_clash():
    outputs = {"a": {"b": 1}, "a.b": 2, 'a"': 3}
    table = outputs_table([record("1", outputs), record("2", {"a": 5, "c": {}})])
    assert dict(table.iloc[0][["outputs.a.b", 'outputs."a.b"', 'outputs.a"']]) == {
        "outputs.a.b": 1, 'outputs."a.b"': 2, 'outputs.a"': 3,
    }  # fmt: skip
    assert table["outputs.a"][1] == 5


def test_ten_thousand_records():
    table = outputs_table([record(str(number), {"n": number, "by": {"1": 0.5}}) for number in range(10_000)])
    assert (len(table), table["outputs.n"].sum()) == (10_000, 49_995_000)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "a"], ["1", '"a"']),
        ([[1], 2], ["[1]", "2"]),
        ([[1], ["a"]], ["[1]", '["a"]']),
        ([[{"a": 1}], [{}]], ['[{"a": 1}]', "[{}]"]),
        ([[[1]], [[2]]], ["[[1]]", "[[2]]"]),
        ([2**70, 1], [str(2**70), "1"]),
        ([[1], None], [[1], None]),
        ([["a", None], []], [["a", None], []]),
        ([True, None], [True, None]),
        ([[], []], ["[]", "[]"]),
        (["\ud800", "b"], ['"\\ud800"', '"b"']),
    ],
)
def test_what_parquet_cannot_hold_is_json(tmp_path: Path, values, expected):
    import duckdb

    table = outputs_table([record(str(row), {"x": value}) for row, value in enumerate(values)])
    write_table(table, tmp_path / "x.parquet")
    found = duckdb.sql(f"SELECT \"outputs.x\" FROM '{tmp_path / 'x.parquet'}' ORDER BY key").fetchall()
    assert [value for (value,) in found] == expected
