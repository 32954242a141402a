"""Outputs as a table: types and names."""

from typing import Any

import pytest

from analysis_jobs.results.table import outputs_table


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
