"""Two sides compared as a table, for a notebook and in files."""

import csv
from pathlib import Path
from typing import Any

import pytest
from support.shelf import ERROR, Shelf

from analysis_jobs import compare
from analysis_jobs.results.table_files import write_table

BASE = {"analysis_name": "rates"}
COLUMNS = [
    "label", "subject", "acquired", "inputs", "a_key", "b_key", "a_adopted", "b_adopted", "parameters.cutoff",
    "output", "a", "b", "difference", "relative", "equal", "note",
]  # fmt: skip


@pytest.fixture
def versions(shelf: Shelf) -> Shelf:
    """Jobs of two versions of the code, of which one failed in the second."""
    for cutoff in (1, 2):
        shelf.done(["s3://in/a"], {**BASE, "cutoff": cutoff}, {"n": 10, "rate": 2.0, "kind": "x"}, code="version:1")
    shelf.done(["s3://in/a"], {**BASE, "cutoff": 1}, {"n": 10, "rate": 2.5, "kind": "y"}, code="version:2")
    shelf.settled("failed", ["s3://in/a"], {**BASE, "cutoff": 2}, error=ERROR)
    return shelf


def test_a_row_for_each_pair_and_output(versions: Shelf) -> None:
    table = compare({"code_version": "1"}, {"code_version": "2"}, store=versions.store)
    assert list(table.columns) == COLUMNS
    rows = table.set_index("output")
    assert list(rows["label"].dropna()) == ["a · cutoff=1"] * 3 + ["a · cutoff=2"]
    assert list(rows["equal"].dropna()) == [True, False, False]
    assert (rows.loc["rate", "difference"], rows.loc["rate", "relative"]) == (0.5, 0.25)
    assert (rows.loc["kind", "a"], rows.loc["kind", "b"]) == ("x", "y")
    assert table["difference"].dtype == "float64"
    assert table["inputs"][0] == ["s3://in/a"]
    (missing,) = table[table["output"].isna()].to_dict("records")
    assert missing["parameters.cutoff"] == 2
    assert list(table["b_key"].isna()) == [False, False, False, True]
    assert missing["note"] == (
        "no job with these parameters in B, where the nearest differs in cutoff (1 instead of 2)"
    )
    assert table.attrs == {"older": 0, "same": 0}


def test_parameters_and_tolerance(versions: Shelf) -> None:
    sides = {"parameter.cutoff": 1, "code_version": "1"}, {"parameter.cutoff": 2, "code_version": "1"}
    assert compare(*sides, store=versions.store)["equal"].all()
    sides = {"code_version": "1", "parameter.cutoff": 1}, {"code_version": "2", "parameter.cutoff": 1}
    assert list(compare(*sides, rtol=0.3, store=versions.store)["equal"]) == [True, True, False]
    assert list(compare(*sides, atol=0.5, store=versions.store)["equal"]) == [True, True, False]


def test_a_path_opens_the_store(versions: Shelf, place: list[str]) -> None:
    assert len(compare({"code_version": "1"}, {"code_version": "2"}, store=place[1])) == 4


def test_nothing_but_jobs_without_a_partner(shelf: Shelf) -> None:
    shelf.done(["a"], {**BASE, "analysis_tag": "v1"}, {"x": 1})
    shelf.done(["b"], {**BASE, "analysis_tag": "v2"}, {"x": 1})
    table = compare({"tag": "v1"}, {"tag": "v2"}, store=shelf.store)
    assert list(table["note"]) == ["no job of these inputs in B", "no job of these inputs in A"]
    assert table["output"].isna().all()
    assert table["difference"].isna().all()


def test_one_result_on_both_sides_gives_no_rows(shelf: Shelf) -> None:
    shelf.done(["a"], {**BASE, "analysis_tag": "v1"}, {"x": 1})
    table = compare({"tag": "v1"}, {"name": "rates"}, store=shelf.store)
    assert (len(table), list(table.columns)) == (0, [name for name in COLUMNS if name != "parameters.cutoff"])
    assert table.attrs["same"] == 1


HOSTILE = ["=1+1", "\x1b[31mred", "\u202etxt", "@x", "<script>alert(1)</script>"]


def test_hostile_texts_in_files(shelf: Shelf, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        for tag in ("v1", "v2"):
            values: dict[str, Any] = {text: f"{text}{tag}", "n": number}
            shelf.done([f"s3://in/{text}"], {"analysis_name": text, "analysis_tag": tag, "p": text}, values)
    table = compare({"tag": "v1"}, {"tag": "v2"}, store=shelf.store)
    write_table(table, tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_text()
    assert "\x1b" not in content
    assert "\u202e" not in content
    with (tmp_path / "x.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    write_table(table, tmp_path / "x.parquet")
