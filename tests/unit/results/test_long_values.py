"""Outputs as one line for each value."""

from typing import Any

import pytest

from analysis_jobs.results.long_values import LongValue, long_values


@pytest.mark.parametrize(
    ("outputs", "values"),
    [
        ({"rate": 1.5}, [("rate", None, None, 1.5)]),
        ({"rate_hz": {"7": 1.5, "a.b": 2}}, [("rate_hz", "7", None, 1.5), ("rate_hz", "a.b", None, 2)]),
        ({"list": [1, None]}, [("list", "0", None, 1), ("list", "1", None, None)]),
        (
            {"units": [{"id": 7, "rate": 1.5}, {"id": 8, "best": {"x": True}}]},
            [
                ("units", "0", "id", 7),
                ("units", "0", "rate", 1.5),
                ("units", "1", "id", 8),
                ("units", "1", "best.x", True),
            ],
        ),
        ({"by": {"7": {"a.b": [1]}}}, [("by", "7", "a.b.0", 1)]),
        ({"matrix": [[1, 2]]}, [("matrix", "0", "0", 1), ("matrix", "0", "1", 2)]),
        ({"none": [], "nothing": {}}, [("none", None, None, []), ("nothing", None, None, {})]),
        ({"in": [[], {}]}, [("in", "0", None, []), ("in", "1", None, {})]),
        ({}, []),
    ],
)
def test_every_value_is_a_line(outputs: dict[str, Any], values: list[Any]) -> None:
    assert [value for _, value in long_values(outputs)] == values


def test_paths_lead_to_the_values() -> None:
    paths = [path for path, _ in long_values({"units": [{"rate": 1}], "by": {"a.b": 1}})]
    assert paths == [("units", "0", "rate"), ("by", "a.b")]


@pytest.mark.parametrize(
    ("value", "text", "number"),
    [
        (1.5, "1.5", 1.5),
        (True, "true", 1.0),
        (2**70, str(2**70), float(2**70)),
        (10**400, str(10**400), None),
        ("1.5", "1.5", None),
        ("", "", None),
        (None, None, None),
        ([], "[]", None),
        ({}, "{}", None),
        (float("nan"), "NaN", None),
    ],
)
def test_a_value_as_text_and_as_number(value: Any, text: str | None, number: float | None) -> None:
    long = LongValue("x", None, None, value)
    assert (long.text, long.number) == (text, number)
