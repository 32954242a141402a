"""Outputs by their paths."""

import json

import pytest

from analysis_jobs.browse.output_values import OUTPUTS_AT_MOST, output_values


def taken(*outputs: object) -> dict[tuple[str, ...], dict[int, object]]:
    texts = [None if one is None else json.dumps(one) for one in outputs]
    return {
        path: {row: value for rows, values in parts for row, value in zip(rows, values, strict=True)}
        for path, parts in output_values(texts).items()
    }


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], {}),
        ([None, {}], {}),
        ([{"a": 1, "b": "x"}, None, {"a": 2, "b": None}], {("a",): {0: 1, 2: 2}, ("b",): {0: "x", 2: None}}),
        ([{"a": 1, "b": 2}, {"b": 3, "a": 4}, {"b": 5}], {("a",): {0: 1, 1: 4}, ("b",): {0: 2, 1: 3, 2: 5}}),
        ([{"a": {"x": 1}}, {"a": {"x": 2, "y": {"z": [3]}}}], {("a", "x"): {0: 1, 1: 2}, ("a", "y", "z"): {1: [3]}}),
        ([{"a": 1}, {"a": {"x": 2}}, {"a": {}}, {"a": None}], {("a",): {0: 1, 3: None}, ("a", "x"): {1: 2}}),
        ([{"a.b": 1, "a": {"b": 2}}], {("a.b",): {0: 1}, ("a", "b"): {0: 2}}),
    ],
)
def test_values_by_path(outputs: list[object], expected: object) -> None:
    assert taken(*outputs) == expected


def test_of_very_many_some_are_left_out() -> None:
    many = {str(number): number for number in range(OUTPUTS_AT_MOST + 5)}
    assert len(taken(many)) == OUTPUTS_AT_MOST
    assert len(taken({"in": many, "other": 1})) == OUTPUTS_AT_MOST + 1
