"""A selection for elsewhere; that its lines of Python give the same table is tried in test_many_jobs.py."""

from urllib.parse import parse_qsl

import pytest

from analysis_jobs.browse import exporting
from analysis_jobs.browse.exporting import done_keys, python_lines, write_export
from analysis_jobs.browse.matching import matching_rows
from analysis_jobs.browse.selection import Selection

from .conftest import Browsed


def lines(browsed: Browsed, query: str) -> str:
    selection = Selection.of(parse_qsl(query))
    rows = matching_rows(browsed.index, selection)
    return python_lines(browsed.index, done_keys(browsed.index, rows), selection, "docdb")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "table = load_outputs(all_versions=True, store='docdb')"),
        ("is:name=unit quality", "load_outputs(all_versions=True, analysis_name='unit quality', store='docdb')"),
        (
            "is:parameters.isi_violations_cutoff=0.001",
            "load_outputs(all_versions=True, parameters={'isi_violations_cutoff': 0.001}, store='docdb')",
        ),
        ("min:outputs.fraction=0.8", 'table = table[table["outputs.fraction"] >= 0.8]'),
        ("max:changed=2026-01-02", """table = table[table["ended"] <= '2026-01-02 23:59:59.999999']"""),
        ("is:state=done", "table = load_outputs(all_versions=True, store='docdb')"),
        ("latest=1", "table = load_outputs(store='docdb')"),
        ("text=701002", 'table = table[table["key"].isin(['),
    ],
)
def test_lines_of_python(browsed: Browsed, query: str, said: str) -> None:
    assert said in lines(browsed, query)


def test_keys_that_are_too_many_to_be_named(browsed: Browsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_KEYS", 1)
    assert lines(browsed, "text=701002").startswith("# 2 jobs: no filter of load_outputs selects them")


def test_only_what_is_done_is_exported(browsed: Browsed, tmp_path) -> None:
    rows = list(range(len(browsed.index)))
    assert len(done_keys(browsed.index, rows)) == 7
    write_export(browsed.desk.catalog, rows, tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 8
