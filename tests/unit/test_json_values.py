"""Values of Python as JSON holds them: one text for equal values, and no NaN."""

from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.json_values import (
    MOST_LEVELS,
    NO_LEAF,
    canonical_json,
    distinct_text,
    json_text,
    json_value,
    plain_text,
    unstorable,
)


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


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "value is nan, which"),
        ({"a": [1.0, {"b": float("inf")}]}, "a.1.b is inf, which"),
        ([1, [-float("inf")]], "1.0 is -inf, which"),
        ({"a": [1.0, None, "nan", True, 2**63 - 1, -(2**63)]}, ""),
        ({"a": 2**63}, "a is a whole number of 64 bits"),
        ({"a": ["\udcff"]}, "a.0 has half a character ('\\udcff')"),
        ({"a": {"\udcff": 1}}, "a has a name that has half a character ('\\udcff')"),
        ({"\udcff": {"b": float("nan")}}, "value has a name that has half a character"),
        ({"a": "x\0"}, "a has a NUL character ('x\\x00')"),
        ("é日本😀", ""),
        (nested(MOST_LEVELS), ""),
        (nested(MOST_LEVELS + 1), "0.0.0.0.0.0.0.0.0.0"),
    ],
)
def test_what_cannot_be_kept(value: Any, said: str) -> None:
    found = unstorable(value)
    assert found.startswith(said)
    assert bool(found) == bool(said)
    assert len(found) < 250


class Hidden:
    def get_secret_value(self) -> str:
        return "secret"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": [{1: "x", "1": "y"}]}, "the names 1 and '1' are one in JSON, and a value would be lost"),
        ([Hidden()], "a Hidden would be written as stars, and be lost"),
    ],
)
def test_what_json_would_lose(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        json_value(value)


@pytest.mark.parametrize(
    ("value", "plain", "distinct"),
    [
        ("a", "a", "a"),
        ("two\nlines", "two\nlines", r'"two\nlines"'),
        ("", "", '""'),
        ("not set", "not set", '"not set"'),
        ("1", '"1"', '"1"'),
        ("[" * 100_000, "[" * 100_000, "[" * 100_000),
        (1, "1", "1"),
        (["é"], '["é"]', '["é"]'),
    ],
)
def test_values_for_people(value: Any, plain: str, distinct: str) -> None:
    assert (plain_text(value), distinct_text(value)) == (plain, distinct)
    assert distinct_text(NO_LEAF) == "not set"


def test_json_that_can_be_seen() -> None:
    assert json_text({"é": "·"}) == '{"é": "·"}'
    assert json_text(["é\u202e"]) == r'["\u00e9\u202e"]'
    assert json_text("\ud800") == r'"\ud800"'
