"""The documents of launches, as they are read from a store."""

from typing import Any

import pytest
from support.samples import ENDED, launch_record

from analysis_jobs.shapes import Damaged
from analysis_jobs.store.launches import LAUNCH_FIELDS, checked_launch


def test_what_is_whole_is_as_it_was() -> None:
    for launch in (launch_record(), launch_record(**ENDED)):
        assert checked_launch(launch, "this-run") == launch


def test_what_is_null_is_not_there() -> None:
    assert checked_launch(launch_record(ended=None, cost=None, process=None), "this-run") == launch_record()


def test_every_field_is_known() -> None:
    assert launch_record(**ENDED).keys() - {"_id"} < set(LAUNCH_FIELDS)
    assert "_id" not in LAUNCH_FIELDS


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"session": "other"}, "it belongs to another session"),
        ({"started": "yesterday"}, "started is not a time with a zone"),
        ({"expires": "2026-01-01T00:00:00"}, "expires is not a time with a zone"),
        ({"state": "ended"}, "it has ended and does not say when, or with which counts"),
        ({**ENDED, "ended": "later"}, "ended is not a time with a zone"),
        ({"decided": {"run": "many"}}, "decided.run is 'many', and must be a whole number"),
        ({"earlier": [{}]}, "earlier[0] has no run_name"),
        ({"user": None}, "it has no user"),
    ],
)
def test_what_is_damaged_is_said(change: dict[str, Any], why: str) -> None:
    with pytest.raises(Damaged) as damaged:
        checked_launch(launch_record(**change), "this-run")
    assert str(damaged.value) == why


def test_what_is_no_object_is_damaged() -> None:
    with pytest.raises(Damaged, match="must be an object"):
        checked_launch([], "this-run")
