"""What every page has around it."""

import gc

from starlette.requests import Request

from analysis_jobs.browse.desk import Desk, selection_of
from analysis_jobs.browse.index import Index
from analysis_jobs.browse.matching import matching_rows
from analysis_jobs.browse.selection import Selection

from .conftest import Browsed


def test_the_address_is_the_selection() -> None:
    scope = {"type": "http", "query_string": b"is:state=done&text=a%20b", "headers": []}
    assert selection_of(Request(scope)) == Selection(values={"state": ("done",)}, text="a b")


def test_what_is_around_a_page(browsed: Browsed) -> None:
    selection = Selection(text="701001")
    text = bytes(browsed.desk.page("error.html", status=400, message="m", selection=selection).body).decode()
    assert browsed.store in text
    assert "9 jobs, read " in text
    assert 'href="/gallery?text=701001"' in text


def test_only_some_selections_are_remembered(browsed: Browsed) -> None:
    for number in range(40):
        browsed.desk.chosen(browsed.index, Selection(text=f"nothing {number}"))
    assert len(browsed.desk._chosen[browsed.index]) <= 32


def test_what_was_asked_of_an_earlier_reading_is_not_the_answer_of_a_later_one(browsed: Browsed) -> None:
    desk, selection = Desk(browsed.desk.catalog, browsed.desk.files, ""), Selection(text="701001")
    for number in (0, 3, 6):
        index = Index(browsed.index.briefs[number:])
        assert desk.chosen(index, selection) == matching_rows(index, selection)
    del index
    gc.collect()
    assert not len(desk._chosen)  # so a later one has none of what is kept, wherever it lies in memory


def test_a_comparison_is_kept_for_the_pages_that_follow(browsed: Browsed) -> None:
    a, b = (["parameter.isi_violations_cutoff=0.001"], [f"parameter.isi_violations_cutoff={n}" for n in (0.002,)])
    desk = Desk(browsed.desk.catalog, browsed.desk.files, "")
    first = desk.compared(Selection(), a, b)
    assert desk.compared(Selection(page=2), a, b) is first
    assert desk.compared(Selection(), b, a) is not first
    (only,) = desk.compared(Selection(text="701001"), a, b).compared
    assert only.either.subject == "701001"
