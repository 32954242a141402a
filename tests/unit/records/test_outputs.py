"""What is shown of the outputs of a record among many jobs: all that is short."""

from typing import Any

import pytest

from analysis_jobs.records.outputs import (
    ALL_LEFT_OUT,
    LARGEST_OUTPUTS,
    LONGEST_OUTPUT,
    LONGEST_OUTPUTS,
    NO_OUTPUTS,
    ShortOutputs,
    short_outputs,
)


def test_outputs_that_are_short_are_whole() -> None:
    outputs = {"n": 3, "rates": {"a.b": 0.5, "more": {}}, "list": [1, {"x": None}], "text": "", "good": True}
    assert short_outputs(outputs) == ShortOutputs(outputs)


@pytest.mark.parametrize("outputs", [None, {}, [], "text", 3])
def test_a_record_without_any(outputs: Any) -> None:
    assert short_outputs(outputs) == NO_OUTPUTS


def test_of_long_ones_the_short_values_are_kept() -> None:
    outputs = {"n": 3, "spikes": list(range(2_000)), "of": {"rate": 0.5, "text": "x" * LONGEST_OUTPUT}, "last": None}
    assert short_outputs(outputs) == ({"n": 3, "of": {"rate": 0.5}, "last": None}, True)


def test_of_very_many_the_first_are_kept() -> None:
    outputs = {f"output_{number}": number for number in range(2_000)}
    values, left_out = short_outputs(outputs)
    assert left_out
    assert list(values)[:2] == ["output_0", "output_1"]
    assert 100 < len(values) < LONGEST_OUTPUTS / 10


def test_those_that_are_too_large_are_not_looked_at() -> None:
    assert short_outputs({"n": 3, "text": "x" * LARGEST_OUTPUTS}) == ALL_LEFT_OUT
    assert short_outputs({"n": 3}, LARGEST_OUTPUTS + 1) == ALL_LEFT_OUT


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, "half \udcff", "nul \0", deep(200)], ids=lambda value: str(value)[:9]
)
def test_what_no_document_keeps_is_left_out(value: Any) -> None:
    assert short_outputs({"n": 1, "bad": value}) == ALL_LEFT_OUT
