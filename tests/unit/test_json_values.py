"""Values of Python as JSON holds them: one text for equal values, and no NaN."""

from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.json_values import canonical_json, json_value, not_finite


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"b": 1, 2: (3, 4)}, {"b": 1, "2": [3, 4]}),
        ({10, 2, 1}, [1, 10, 2]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({Colour.RED: [Path("/x"), date(2026, 1, 2), None]}, {"red": ["/x", "2026-01-02", None]}),
        ([True, 1, 1.0], [True, 1, 1.0]),
    ],
)
def test_json_value(value: Any, found: Any) -> None:
    assert canonical_json(json_value(value)) == canonical_json(found)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "value is nan"),
        ({"a": [1.0, {"b": float("inf")}]}, "a.1.b is inf"),
        ([1, [-float("inf")]], "1.0 is -inf"),
        ({"a": [1.0, None, "nan"]}, ""),
    ],
)
def test_not_finite(value: Any, said: str) -> None:
    assert not_finite(value) == said
