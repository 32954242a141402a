"""What an address asks for, and the address that asks for it."""

from urllib.parse import parse_qsl

import pytest

from analysis_jobs.browse.selection import SIZES, Selection
from analysis_jobs.errors import InvalidInput

PAIRS = [
    ("text", "two words"),
    ("latest", "1"),
    ("is:state", "done"),
    ("is:state", "failed"),
    ("is:parameters.a=b&c", "<x> ü"),
    ("min:outputs.n", "1"),
    ("max:outputs.n", "2"),
    ("sort", "-outputs.n"),
    ("column", "recording"),
    ("column", "outputs.n"),
    ("size", "25"),
    ("page", "3"),
]


def pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query)


def test_an_address_comes_back_as_it_was() -> None:
    selection = Selection.of(PAIRS)
    assert list(selection.pairs()) == PAIRS
    assert pairs(selection.query(page=3)) == PAIRS
    assert Selection.of(pairs(selection.query(page=3))) == selection


def test_what_is_empty_or_of_others_is_passed_over() -> None:
    assert Selection.of([("text", " "), ("is:state", ""), ("min:outputs.n", ""), ("token", "x")]) == Selection()
    assert Selection().query() == ""


def test_another_filter_leads_to_the_first_page() -> None:
    selection = Selection.of(PAIRS)
    assert ("page", "3") not in pairs(selection.query(sort="key"))
    assert [pair for pair in pairs(selection.query_with("state", "empty")) if pair[0] == "is:state"] == [
        ("is:state", "empty")
    ]
    assert "is:state" not in dict(pairs(selection.query_with("state")))
    assert pairs(selection.query_without(("is:state", "done"))) == [
        pair for pair in PAIRS if pair not in (("is:state", "done"), ("page", "3"))
    ]


def test_the_filters_alone() -> None:
    selection = Selection.of(PAIRS)
    assert pairs(selection.filter_query) == PAIRS[:7]
    assert Selection.of(PAIRS[:8]).same_jobs == selection.same_jobs


@pytest.mark.parametrize(("name", "value"), [("page", "x"), ("page", "-1"), ("size", "1" * 20), ("size", "²")])
def test_what_is_no_number(name: str, value: str) -> None:
    with pytest.raises(
        InvalidInput, match=f"{name} is '.*' in the address, and must be a whole number, such as 2; remove it"
    ):
        Selection.of([(name, value)])


def test_what_no_page_knows_is_not_passed_over() -> None:
    Selection.of([("figure", "a.png"), ("a", "tag=v1"), ("b", "tag=v2"), ("output", "x"), ("unknown", "")])
    with pytest.raises(
        InvalidInput, match=r"^the address asks for 'state', which no page knows; a filter is is:COLUMN"
    ):
        Selection.of([("state", "failed")])


def test_bounds_of_pages() -> None:
    assert Selection.of([("page", "0"), ("size", "100000")]) == Selection(page=1, size=SIZES[-1])
