"""Finding records and loading their outputs as a table, in either store."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.shelf import Shelf, command

from analysis_jobs import get_docdb_records_partial, load_outputs
from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.table import FIXED, outputs_table, write_table

pytestmark = pytest.mark.filterwarnings("ignore:MongoDB queries may not work as expected:UserWarning")
RATES = {"analysis_name": "rates", "cutoff": 0.5, "more": {"order": 3}}


@pytest.fixture
def jobs(shelf: Shelf) -> dict[str, str]:
    return {
        "old": shelf.done(["s3://in/a"], RATES, {"n": 1}, ended="2026-01-01T00:00:00+00:00"),
        "new": shelf.done(["s3://in/a"], RATES, {"n": 2}, ended="2026-01-03T00:00:00+00:00", code="version:2"),
        "other": shelf.done(["s3://in/b", "s3://in/a/"], {**RATES, "cutoff": 1}, {"n": 3, "0.5": {"$x": [1]}}),
        "spikes": shelf.done(["s3://in/b"], {"analysis_name": "spikes", "flag": True}, {"n": None}),
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["new", "other", "spikes", "old"]),
        ({"analysis_name": "rates"}, ["new", "other", "old"]),
        ({"analysis_name": "rates", "latest_only": True}, ["new", "other"]),
        ({"analysis_name": "firing_rates"}, []),
        ({"code_version": "2"}, ["new"]),
        ({"code_url": ""}, ["new", "other", "spikes", "old"]),
        ({"code_url": "https://elsewhere"}, []),
        ({"input_data_locations": ["s3://in/a/"]}, ["new", "other", "old"]),
        ({"input_data_locations": ["s3://in/a", "s3://in/b"]}, ["other"]),
        ({"parameters": {"cutoff": 1.0}}, ["other"]),
        ({"parameters": {"cutoff": True}}, []),
        ({"parameters": {"flag": True}}, ["spikes"]),
        ({"parameters": {"flag": 1}}, []),
        ({"parameters": {"more": {"order": 3.0}, "cutoff": 0.5}}, ["new", "old"]),
    ],
)
def test_records_are_found_by(jobs, shelf, options, expected):
    found = [one["_id"] for one in get_docdb_records_partial(store=shelf.store, **options)]
    names = {key: name for name, key in jobs.items()}
    expected_keys = [jobs[name] for name in expected]
    assert sorted(found) == sorted(expected_keys)
    ended = {"new": 3, "old": 1}
    assert [ended.get(names[key], 2) for key in found] == [ended.get(name, 2) for name in expected]


def test_latest_only_may_be_the_first_argument(jobs, shelf):
    assert len(get_docdb_records_partial(True, store=shelf.store)) == 3


def test_outputs_as_a_table(jobs, shelf):
    table = load_outputs(True, analysis_name="rates", store=shelf.store).set_index("key")
    assert list(table.columns) == [
        *FIXED[1:], "parameters.analysis_name", "parameters.cutoff", "parameters.more.order", "outputs.n",
        "outputs.0.5.$x",
    ]  # fmt: skip
    assert set(table.index) == {jobs["new"], jobs["other"]}
    other = table.loc[jobs["other"]]
    assert (other["inputs"], other["outputs.0.5.$x"], other["parameters.cutoff"]) == (
        ["s3://in/b", "s3://in/a/"],
        [1],
        1,
    )
    assert table["outputs.n"].dtype == "int64"
    assert table["ended"].max().isoformat() == "2026-01-03T00:00:00+00:00"
    assert table.loc[jobs["new"], "code_version"] == "2"


def test_no_records(shelf):
    table = load_outputs(store=shelf.store)
    assert (list(table.columns), len(table)) == (list(FIXED), 0)
    assert str(table["ended"].dtype).startswith("datetime64")


def test_a_path_opens_a_store(shelf, place):
    key = shelf.done(["in"], RATES, {"n": 1})
    assert list(load_outputs(store=place[1])["key"]) == [key]


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


# export


def read(path: Path) -> list[dict[str, Any]]:
    import duckdb

    relation = duckdb.sql(f"SELECT * FROM '{path}' ORDER BY ended, key")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_export_parquet(jobs, place, capsys, tmp_path: Path):
    target = tmp_path / "out.parquet"
    said = command(capsys, "export", target, "--name", "rates", "--latest", *place)
    assert said.out == f"2 jobs, 12 columns in {target}\n", said.err
    other, new = read(target)
    assert (other["key"], other["inputs"], other["outputs.0.5.$x"]) == (jobs["other"], ["s3://in/b", "s3://in/a/"], [1])
    assert (new["key"], new["outputs.n"], new["outputs.0.5.$x"]) == (jobs["new"], 2, None)
    assert list(tmp_path.glob(".out*")) == []


def test_export_csv(jobs, place, capsys, tmp_path: Path):
    assert command(capsys, "export", tmp_path / "out.csv", "--input", "in/b", *place).code == 0
    found = {row["key"]: row for row in read(tmp_path / "out.csv")}
    assert found.keys() == {jobs["other"], jobs["spikes"]}
    assert found[jobs["other"]]["inputs"] == '["s3://in/b", "s3://in/a/"]'


def test_export_of_nothing(shelf, place, capsys, tmp_path: Path):
    for name in ("out.parquet", "out.csv"):
        assert command(capsys, "export", tmp_path / name, *place).out.startswith("0 jobs, 7 columns in ")
    assert read(tmp_path / "out.parquet") == []
    assert (tmp_path / "out.csv").read_text() == ",".join(FIXED) + "\n"


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out.xlsx", "is of no known kind; give a name that ends in .parquet or .csv"),
        ("out", "is of no known kind; give a name that ends in .parquet or .csv"),
        ("nowhere/out.csv", "cannot be written: "),
        ("nowhere/out.parquet", "cannot be written: "),
    ],
)
def test_files_that_cannot_be_written(shelf, place, capsys, tmp_path: Path, name, said):
    ended = command(capsys, "export", tmp_path / name, *place)
    assert (ended.code, ended.out, said in ended.err) == (2, "", True), ended.err


def test_without_pyarrow(shelf, place, capsys, tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ended = command(capsys, "export", tmp_path / "out.parquet", *place)
    assert ended.code == 2
    assert ended.err == (
        f"error: {tmp_path / 'out.parquet'} needs pyarrow, which is not installed; "
        "pip install 'aind-analysis-jobs[results]', or give a name that ends in .csv\n"
    )


def test_json_of_a_record_is_strict(jobs, place, capsys):
    for line in command(capsys, "list", "--json", *place).out.splitlines():
        assert json.loads(line)["key"] in jobs.values()


def test_a_store_that_cannot_be_opened(tmp_path: Path):
    (tmp_path / "x.sqlite").write_text("no database " * 20)
    with pytest.raises(InvalidInput, match="cannot be opened"):
        load_outputs(store=str(tmp_path / "x.sqlite"))
