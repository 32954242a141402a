"""From a result to those that it is made from, and to those that are made from it; which of them are replaced."""

from support.shelf import RATES, Shelf

from analysis_jobs.results.lineage import made_from, replaced_by, used_by

OVER = {"analysis_name": "over sessions"}
NEWER = {"code": "sha256:n3w", "ended": "2026-02-02T00:00:00+00:00"}


def location(shelf: Shelf, key: str) -> str:
    return shelf.store.recorded([key])[key].location


def test_both_ways(shelf: Shelf) -> None:
    one, other = (shelf.done([f"s3://in/{name}.nwb"], RATES, files={"r.json": "1"}) for name in "ab")
    places = [location(shelf, key) for key in (one, other)]
    files = {"s3_location": places, "file_location": [f"{place}/r.json" for place in places]}
    over = shelf.done(files["file_location"], OVER, job=files)
    alone = shelf.done([places[0]], {**OVER, "x": 1})
    assert made_from(over, files["file_location"], shelf.store) == {one: "rates: a.nwb", other: "rates: b.nwb"}
    assert used_by(one, [places[0]], shelf.store).keys() == {over, alone}
    assert used_by(other, [f"{places[1]}/"], shelf.store).keys() == {over}
    assert used_by(over, [location(shelf, over)], shelf.store) == {}
    assert used_by(one, [None], shelf.store) == {}


def test_used_where_it_was_published_and_where_it_is_now(shelf: Shelf) -> None:
    one = shelf.done(["s3://in/a"], RATES)
    places = [location(shelf, one), f"/moved/{one}"]
    over = [shelf.done([place], OVER) for place in places]
    assert used_by(one, places, shelf.store).keys() == set(over)


def test_a_result_of_another_store(shelf: Shelf) -> None:
    assert made_from("k", [f"s3://elsewhere/{'0' * 64}/x", "s3://in/a"], shelf.store) == {"0" * 64: ""}


def test_a_result_that_a_newer_one_replaces(shelf: Shelf) -> None:
    old = shelf.done(["s3://in/a"], RATES)
    assert replaced_by([old], shelf.store) == {}
    newer = shelf.done(["s3://in/a/"], RATES, code="sha256:between", ended="2026-02-01T00:00:00+00:00")
    newest = shelf.done(["s3://in/a"], RATES, **NEWER)
    shelf.done(["s3://in/a"], {**RATES, "cutoff": 9}, **NEWER)
    shelf.done(["s3://in/a"], {**RATES, "analysis_name": "other"}, **NEWER)
    shelf.done(["s3://in/a", "s3://in/b"], RATES, **NEWER)
    assert replaced_by([old, newer, newest, "0" * 64], shelf.store) == {old: newest, newer: newest}
    assert replaced_by([], shelf.store) == {}
