"""The command `export`: tables for other programs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from support.shelf import command

from analysis_jobs.results.table import FIXED


def read(path: Path) -> list[dict[str, Any]]:
    import duckdb

    relation = duckdb.sql(f"SELECT * FROM '{path}' ORDER BY ended, key")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_export_parquet(rates, place, capsys, tmp_path: Path):
    target = tmp_path / "out.parquet"
    said = command(capsys, "export", target, "--name", "rates", "--latest", *place)
    assert said.out == f"2 jobs, 12 columns in {target}\n", said.err
    other, new = read(target)
    assert (other["key"], other["inputs"], other["outputs.0.5.$x"]) == (
        rates["other"],
        ["s3://in/b", "s3://in/a/"],
        [1],
    )
    assert (new["key"], new["outputs.n"], new["outputs.0.5.$x"]) == (rates["new"], 2, None)
    assert list(tmp_path.glob(".out*")) == []


def test_export_csv(rates, place, capsys, tmp_path: Path):
    assert command(capsys, "export", tmp_path / "out.csv", "--input", "in/b", *place).code == 0
    found = {row["key"]: row for row in read(tmp_path / "out.csv")}
    assert found.keys() == {rates["other"], rates["spikes"]}
    assert found[rates["other"]]["inputs"] == '["s3://in/b", "s3://in/a/"]'


def test_export_of_nothing(shelf, place, capsys, tmp_path: Path):
    for name in ("out.parquet", "out.csv"):
        assert command(capsys, "export", tmp_path / name, *place).out.startswith("0 jobs, 7 columns in ")
    assert read(tmp_path / "out.parquet") == []
    assert (tmp_path / "out.csv").read_text() == ",".join(FIXED) + "\n"


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
