"""Filters made from what is there."""

from analysis_jobs.browse.filters import MOST_TICKED, Filter, asked_for, filters_of
from analysis_jobs.browse.index import Index
from analysis_jobs.browse.selection import Selection

from .conftest import Browsed
from .test_index import brief


def named(filters: list[Filter]) -> dict[str, Filter]:
    return {each.column: each for each in filters}


def test_filters_of_a_sweep(browsed: Browsed) -> None:
    found = named(filters_of(browsed.index, Selection()))
    assert list(found) == [
        "state", "subject", "changed", "acquired", "parameters.isi_violations_cutoff", "outputs.good_units",
        "outputs.fraction",
    ]  # fmt: skip
    assert [(value.text, value.count) for value in found["state"].values] == [("done", 7), ("failed", 2)]
    assert [value.text for value in found["parameters.isi_violations_cutoff"].values] == ["0.001", "0.002", "0.004"]
    assert found["outputs.good_units"].range == "30 to 54"
    assert found["changed"].is_time


def test_what_is_asked_for_is_shown(browsed: Browsed) -> None:
    asked = [("is:state", "done"), ("min:outputs.fraction", "0.5"), ("is:tag", "gone"), ("min:changed", "2026-01-02")]
    selection = Selection.of(asked)
    found = named(filters_of(browsed.index, selection))
    assert [value.text for value in found["state"].values if value.ticked] == ["done"]
    assert found["outputs.fraction"].least == "0.5"
    assert found["changed"].least == "2026-01-02"
    assert [(value.text, value.count, value.ticked) for value in found["tag"].values] == [
        ("v1", 9, False),
        ("gone", 0, True),
    ]
    assert {each.text for each in asked_for(browsed.index, selection)} == {
        "state is done",
        "tag is gone",
        "outputs.fraction at least 0.5",
        "changed at least 2026-01-02",
    }
    words = [each.text for each in asked_for(browsed.index, Selection(text="a", latest=True))]
    assert words == ["has “a” in it", "the newest of its inputs and parameters"]


def test_numbers_that_are_all_the_same_need_no_filter_unless_it_is_asked_for() -> None:
    index = Index(brief(str(n), outputs={"same": 1, "other": n}) for n in range(2))
    assert list(named(filters_of(index, Selection()))) == ["outputs.other"]
    assert "outputs.same" in named(filters_of(index, Selection(least={"outputs.same": "0"})))


def test_of_very_many_values_none_is_to_be_ticked() -> None:
    index = Index(brief(str(n), parameters={"number": n, "text": f"t{n}"}) for n in range(MOST_TICKED + 1))
    found = named(filters_of(index, Selection()))
    assert found["parameters.number"].range == f"0 to {MOST_TICKED}"
    assert "parameters.text" not in found
