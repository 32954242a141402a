"""Documents from outside, held against shapes: what is wrong is said by the path in the document."""

from typing import Any, Literal, NotRequired, TypedDict

import pytest

from analysis_jobs.shapes import DEEPEST_DOCUMENT, is_too_deep, json_in, misshapen, no_json


class Inner(TypedDict):
    name: str
    size: NotRequired[int]


class Outer(TypedDict):
    kind: Literal["a", "b"]
    number: float | None
    inner: Inner
    many: NotRequired[list[Inner]]
    values: NotRequired[dict[str, Any]]
    sizes: NotRequired[dict[str, int]]


FINE = {"kind": "a", "number": 1, "inner": {"name": "x"}}


@pytest.mark.parametrize(
    "more",
    [{}, {"unknown": 1}, {"number": None}, {"number": 0.5}, {"many": []}, {"values": {"x": [{}]}}, {"sizes": {"x": 0}}],
)
def test_what_has_its_shape(more: dict[str, Any]) -> None:
    assert misshapen({**FINE, **more}, Outer) == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "it is a list, and must be an object"),
        ({}, "it has no kind"),
        ({**FINE, "kind": "c"}, "kind is 'c', and must be one of: a, b"),
        ({**FINE, "kind": ["a"]}, "kind is a list, and must be one of: a, b"),
        ({**FINE, "number": True}, "number is True, and must be a number"),
        ({**FINE, "number": float("nan")}, "number is nan, and must be a number"),
        ({**FINE, "number": 10**400}, "number is a number that is too large, and must be a number"),
        ({**FINE, "inner": {"name": "x" * 1_000}, "many": 1}, "many is 1, and must be a list"),
        ({**FINE, "inner": {}}, "inner has no name"),
        ({**FINE, "many": [{"name": "x"}, {"name": None}]}, "many[1].name is None, and must be a text"),
        ({**FINE, "many": [{"name": "x", "size": 1.5}]}, "many[0].size is 1.5, and must be a whole number"),
        ({**FINE, "sizes": {"\n": "x"}}, "'sizes.\\n' is 'x', and must be a whole number"),
        ({**FINE, "values": None}, "values is None, and must be an object"),
    ],
)
def test_what_has_not(value: Any, said: str) -> None:
    assert misshapen(value, Outer) == said


def test_of_a_partial_one_everything_may_be_missing_or_null() -> None:
    assert misshapen({"kind": None, "inner": {"name": "x"}}, Outer, (Outer,)) == ""
    assert misshapen({"inner": {}}, Outer, (Outer,)) == "inner has no name"
    assert misshapen({"inner": {"name": 1}}, Outer, (Outer, Inner)) == "inner.name is 1, and must be a text"


def test_what_is_said_is_short() -> None:
    assert len(misshapen({**FINE, "sizes": {"x" * 100_000: "y" * 100_000}}, Outer)) < 400


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth() -> None:
    assert not is_too_deep(nested(DEEPEST_DOCUMENT - 1))
    assert is_too_deep(nested(DEEPEST_DOCUMENT))
    assert misshapen({"values": {"x": nested(10_000)}}, Outer) == "it is nested too deeply"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        ("9" * 5_000, "it is not JSON"),
    ],
)
def test_what_is_no_json(content: bytes | str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        json_in(content)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"x": [1, None, "ü"]}, ""),
        ({"x": float("inf")}, "holds NaN or an infinity"),
        (["\ud83d"], "holds half a character"),
    ],
)
def test_values_that_readers_let_through(value: Any, said: str) -> None:
    assert no_json(value) == said
