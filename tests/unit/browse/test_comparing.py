"""Two sides compared, and drawn."""

from dataclasses import replace

import pytest

from analysis_jobs.browse import comparing
from analysis_jobs.browse.comparing import compared, comparison, drawing, sides_of
from analysis_jobs.browse.index import Index
from analysis_jobs.errors import InvalidInput

from .conftest import Browsed
from .test_index import brief

A, B = ["parameter.isi_violations_cutoff=0.001"], ["parameter.isi_violations_cutoff=0.002"]


def test_what_a_side_may_be(browsed: Browsed) -> None:
    assert sides_of(browsed.index, {}) == {
        "parameter.isi_violations_cutoff": [
            f"parameter.isi_violations_cutoff={cutoff}" for cutoff in ("0.001", "0.002", "0.004")
        ]
    }
    index = Index(
        brief(str(n), code=f"version:{n}", launch=f"session {n}", parameters={"analysis_tag": f"v{n}"}) for n in (1, 2)
    )
    assert sides_of(index, {"session 2": "happy_turing"}) == {
        "tag": ["tag=v1", "tag=v2"],
        "code": ["code=version:1", "code=version:2"],
        "launch": ["launch=session 1", "launch=happy_turing"],
    }


def test_one_output_in_full(browsed: Browsed) -> None:
    found = compared(browsed.desk.catalog, browsed.index, range(9), A, B)
    shown = comparison(found, "fraction")
    assert {summary.name for summary in shown.summaries} == {"good_units", "fraction"}
    assert {words: [(pair.a, pair.b) for pair in some] for words, some in shown.pairs.items()} == {
        "the largest differences first": [(0.9, 0.8)] * 3
    }
    assert comparison(found, "no such output").output == "good_units"
    assert shown.drawing is not None
    assert len(shown.drawing.points) == 3
    point = shown.drawing.points[0]
    assert "0.9 in A, 0.8 in B" in point.words
    assert (point.x, point.y) == (354.0, 354.0)  # A at the right end, B at the lower one
    assert [text for _, text in shown.drawing.ticks] == ["0.8", "0.825", "0.85", "0.875", "0.9"]


def test_what_differs_without_a_number_is_not_left_out(browsed: Browsed, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(browsed.desk.catalog, browsed.index, range(9), A, B)
    first, second, third = (output for output in found.outputs if output.name == "fraction")
    text = replace(second, b="0.8", difference=None)
    same = replace(third, b=third.a, difference=0, equal=True)
    monkeypatch.setattr(comparing, "MOST_PAIRS", 1)
    shown = comparison(replace(found, outputs=[text, first, same, same]), "fraction")
    assert shown.pairs == {
        "the largest differences first": [first],
        "different without a number": [text],
        "equal": [same],
    }
    assert shown.left_out == 1
    (summary,) = shown.summaries
    assert (summary.different, summary.largest, summary.no_numbers) == (2, [first], [text])


def test_only_some_jobs(browsed: Browsed) -> None:
    rows = [browsed.index.rows[browsed.keys[f"701001 {cutoff}"]] for cutoff in (0.001, 0.002)]
    assert len(compared(browsed.desk.catalog, browsed.index, rows, A, B).compared) == 1
    with pytest.raises(InvalidInput, match="no job is in B"):
        compared(browsed.desk.catalog, browsed.index, rows[:1], A, B)


def test_drawings_of_equal_and_of_very_many_values(browsed: Browsed, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(browsed.desk.catalog, browsed.index, range(9), A, B)
    (pairs,) = comparison(found, "fraction").pairs.values()
    monkeypatch.setattr(comparing, "MOST_DRAWN", 1)
    drawn = drawing(pairs)
    assert drawn is not None
    assert (len(drawn.points), drawn.left_out) == (1, 2)
    same = drawing([type(pair)(**{**vars(pair), "a": 0.0, "b": 0.0}) for pair in pairs])
    assert same is not None
    assert (same.points[0].x, same.points[0].y) == (200.0, 200.0)
    assert drawing([]) is None
