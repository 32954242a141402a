"""Two values compared: numbers, texts, lists, objects, and what is missing."""

import math
from typing import Any

import pytest

from analysis_jobs.results.differences import EXACT, MISSING, Tolerance, difference_of, differing, relative_to


@pytest.mark.parametrize(
    ("a", "b", "rtol", "places"),
    [
        (1, 1.0, 0, []),
        (1, True, 0, ["x"]),
        (1.0, 1.0 + 1e-10, 0, ["x"]),
        (1.0, 1.0 + 1e-10, 1e-9, []),
        (0.0, 1e-300, 1e-9, ["x"]),
        (math.nan, math.nan, 0, []),
        (math.nan, None, 0, ["x"]),
        (math.inf, math.inf, 0, []),
        (10**400, 10**400 + 1, 1e-9, ["x"]),
        (10**400, 1.5, 0, ["x"]),
        (None, None, 0, []),
        (None, MISSING, 0, ["x"]),
        ("1", 1, 0, ["x"]),
        ([1, 2.0, None], [1, 2.0 + 1e-12, None], 1e-9, []),
        ([1, [2, 3]], [1, [2, 4]], 0, ["x[1][1]"]),
        ([1, 2], [1, 2, 3], 0, ["x"]),
        ([{"rate": 1.0}], [{"rate": 2.0, "n": 1}], 0, ["x[0].n", "x[0].rate"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, 0, ["x.a.b"]),
        ({}, {}, 0, []),
    ],
)
def test_what_differs(a: Any, b: Any, rtol: float, places: list[str]) -> None:
    assert [name for name, _, _ in differing(a, b, Tolerance(rtol), "x")] == places
    assert [name for name, _, _ in differing(b, a, Tolerance(rtol), "x")] == places


@pytest.mark.parametrize("a", [0.0, 1e-12, 1.0, -3.0, 100, 1e300, math.inf, -math.inf])
@pytest.mark.parametrize("b", [0.0, -1e-12, 1.1, -3.3, 101, 1e301, math.inf])
@pytest.mark.parametrize("within", [EXACT, Tolerance(0.1), Tolerance(0.01, 0.5), Tolerance(absolute=1e-9)])
def test_numbers_are_near_as_numpy_has_it(a: float, b: float, within: Tolerance) -> None:
    import numpy as np

    near = bool(np.isclose(b, a, rtol=within.relative, atol=within.absolute))
    assert (not list(differing(a, b, within))) == near


@pytest.mark.parametrize(
    ("within", "text"),
    [
        (EXACT, ""),
        (Tolerance(1e-9), "1e-09"),
        (Tolerance(absolute=0.5), "0.5"),
        (Tolerance(0.1, 0.5), "0.5 + 0.1 of A"),
    ],
)
def test_a_tolerance_in_words(within: Tolerance, text: str) -> None:
    assert str(within) == text


@pytest.mark.parametrize(
    ("a", "b", "difference", "relative"),
    [
        (2, 3, 1, 0.5),
        (-2.0, -3.0, -1.0, -0.5),
        (0, 3, 3, None),
        (0, 0.0, 0, 0.0),
        (math.inf, math.inf, 0, 0.0),
        (math.inf, 1, None, None),
        (math.nan, math.nan, None, None),
        (10**400, 1.5, None, None),
        (True, 2, None, None),
        (None, 2, None, None),
        (MISSING, 2, None, None),
        ("1", 2, None, None),
        ([1], [2], None, None),
    ],
)
def test_differences_of_numbers(a: Any, b: Any, difference: float | None, relative: float | None) -> None:
    assert difference_of(a, b) == difference
    assert relative_to(a, difference) == relative
