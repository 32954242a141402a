"""Objects that merge, and values at a path in them."""

import pytest

from analysis_jobs.jobs.nesting import decides_on, merged, nested


def test_objects_merge_and_others_are_replaced() -> None:
    values = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": {"g": 1}}
    assert merged(values, {"b": {"d": {"h": 4}}, "f": 5}) == {"a": 1, "b": {"c": 2, "d": {"e": 3, "h": 4}}, "f": 5}
    assert values["b"] == {"c": 2, "d": {"e": 3}}


def test_a_value_in_objects() -> None:
    assert nested(("a", "b"), [1]) == {"a": {"b": [1]}}


@pytest.mark.parametrize(
    ("values", "decides"),
    [
        ({"a": {"b": 1}}, True),
        ({"a": {"b": {"c": 1}}}, True),
        ({"a": 5}, True),
        ({"a": None}, True),
        ({"a": {}}, False),
        ({"a": {"c": 1}}, False),
        ({"b": 1}, False),
    ],
)
def test_what_decides_on_a_value(values: dict[str, object], decides: bool) -> None:
    assert decides_on(values, ("a", "b")) is decides
