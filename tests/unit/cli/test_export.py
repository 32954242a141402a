"""The command `export`: tables for other programs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from support.samples import RUN
from support.shelf import ERROR, RATES, Shelf, command

from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.results.table import FIXED
from analysis_jobs.store.adopt import adopt


def read(path: Path) -> list[dict[str, Any]]:
    import duckdb

    relation = duckdb.sql(f"SELECT * FROM '{path}' ORDER BY ALL")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_export_parquet(rates, place, capsys, tmp_path: Path):
    target = tmp_path / "out.parquet"
    said = command(capsys, "export", target, "--name", "rates", "--latest", *place)
    assert said.out == f"2 jobs, 16 columns in {target}\n", said.err
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
        assert command(capsys, "export", tmp_path / name, *place).out.startswith("0 jobs, 11 columns in ")
    assert read(tmp_path / "out.parquet") == []
    assert (tmp_path / "out.csv").read_text() == ",".join(FIXED) + "\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out.xlsx", "is of an unknown kind; give a name that ends in .parquet or .csv"),
        ("out", "is of an unknown kind; give a name that ends in .parquet or .csv"),
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


def test_results_that_newer_ones_have_replaced_are_left_out(rates, place, capsys, tmp_path: Path):
    target = tmp_path / "out.csv"
    said = command(capsys, "export", target, *place)
    assert said.out.startswith("3 jobs, ")
    assert said.err == "1 result left out, because newer ones replaced them; --all-versions writes them too\n"
    assert {row["key"] for row in read(target)} == {rates[name] for name in ("new", "other", "spikes")}
    said = command(capsys, "export", target, "--all-versions", *place)
    assert (said.out.startswith("4 jobs, "), said.err) == (True, "")
    assert {row["key"] for row in read(target)} == set(rates.values())


def test_of_several_that_are_wanted_the_newest_is_written(rates, place, capsys, tmp_path: Path):
    """As of then, or of that code: what is not wanted replaces nothing."""
    said = command(capsys, "export", tmp_path / "out.csv", "--until", "2026-01-02", *place)
    assert said.err == ""
    assert rates["old"] in {row["key"] for row in read(tmp_path / "out.csv")}


def test_what_failed_is_not_in_and_what_was_adopted_is_marked(shelf: Shelf, place, capsys, tmp_path: Path):
    old, other = shelf.done(["in"], RATES, {"n": 1}), shelf.done(["other"], RATES, {"n": 2})
    parts = key_parts(["in"], RATES, "sha256:n3w")
    adopt([{"key": job_key(parts), "parts": parts, "older": [old]}], shelf.store, "me", "only a comment")
    shelf.settled("failed", ["failed"], RATES, error=ERROR)
    said = command(capsys, "export", tmp_path / "out.csv", *place)
    assert said.err == "1 result of other code, adopted, as the column adopted says\n"
    assert {row["key"]: row["adopted"] for row in read(tmp_path / "out.csv")} == {old: True, other: False}


def test_a_line_for_each_value(rates, place, capsys, tmp_path: Path):
    target = tmp_path / "long.parquet"
    said = command(capsys, "export", target, "--long", "--name", "rates", *place)
    assert said.out == f"2 jobs, 3 lines, 17 columns in {target}\n"
    import duckdb

    found = duckdb.sql(f"SELECT label, output, item, field, value, number FROM '{target}' ORDER BY ALL").fetchall()
    assert found == [
        ("a + 1 more · cutoff=1", "0.5", "$x", "0", "1", 1.0),
        ("a + 1 more · cutoff=1", "n", None, None, "3", 3.0),
        ("a · cutoff=0.5", "n", None, None, "2", 2.0),
    ]


OURS = {"name": "aind-analysis-jobs", "url": "https://host/pipeline", "version": "1", "commit": "0a1b2c3d"}
DESCRIBED = [
    {"name": "outputs.rate", "description": "Mean rate", "unit": "Hz"},
    {"name": "parameters.cutoff", "description": "Shorter ones\u202e are left out"},
]


@pytest.fixture
def described(shelf: Shelf) -> str:
    """The key of a job of an analysis that describes its fields."""
    run = {**RUN, "pipeline": OURS, "described": DESCRIBED}
    return shelf.done(["in"], RATES, {"rate": 1.5, "units": [{"n": 1}]}, run=run)


def test_descriptions_are_kept_in_parquet(described, place, tmp_path: Path, capsys):
    from pyarrow import parquet

    target = tmp_path / "out.parquet"
    assert command(capsys, "export", target, *place).err == ""
    schema = parquet.read_schema(target)
    assert schema.field("outputs.rate").metadata == {b"description": b"Mean rate", b"unit": b"Hz"}
    assert schema.field("parameters.cutoff").metadata == {
        b"description": "Shorter ones\u202e are left out".encode()
    }  # fmt: skip
    assert schema.field("outputs.units").metadata is None


def test_units_stand_in_the_lines_of_values(described, place, tmp_path: Path, capsys):
    assert command(capsys, "export", tmp_path / "out.csv", "--long", *place).err == ""
    found = {(row["output"], row["item"], row["field"]): row["unit"] for row in read(tmp_path / "out.csv")}
    assert found == {("rate", None, None): "Hz", ("units", 0, "n"): None}


def test_without_its_manifest_a_result_is_written_without_descriptions(described, place, tmp_path, capsys, caplog):
    (tmp_path / "analyses" / described / "manifest.json").unlink()
    assert command(capsys, "export", tmp_path / "out.parquet", *place).code == 0
    (said,) = [one.getMessage() for one in caplog.records]
    assert said.startswith(
        f"the columns are written without the descriptions of one version of the code: the job {described} has a record"
    )


HOSTILE = ["=1+1", "+1+cmd()", "@x", "\x1b[31mred", "\u202etxt.exe", "a\r\nb", "<script>", "\ttab", "\uff1d1"]


@pytest.mark.parametrize("long", [[], ["--long"]])
def test_hostile_texts_are_texts_in_every_field(shelf: Shelf, place, capsys, tmp_path: Path, long):
    import csv

    for text in HOSTILE:
        parameters = {"analysis_name": text, "analysis_tag": text, text: text}
        shelf.done(
            [f"s3://in/{text}"], parameters, {text: text, "list": [text], "in": {text: text}}, code=f"version:{text}"
        )
    assert command(capsys, "export", tmp_path / "out.csv", *long, *place).code == 0
    content = (tmp_path / "out.csv").read_text()
    assert not {"\x1b", "\u202e"} & set(content)
    with (tmp_path / "out.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "\uff1d"))]
    assert command(capsys, "export", tmp_path / "out.parquet", *long, *place).code == 0
    assert any(text in row.values() for row in read(tmp_path / "out.parquet") for text in HOSTILE) or long
