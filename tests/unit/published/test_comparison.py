"""Outputs compared by value."""

from collections.abc import Mapping
from typing import Any


def test_numbers_are_compared_by_value() -> None:
    from analysis_jobs.published.comparison import compare_repetition

    def manifest(outputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"key": "k", "state": "done", "outputs": outputs, "files": [], "environment": {}}

    def different(there: Any, here: Any, tolerance: float = 0.0) -> set[str]:
        return set(compare_repetition(manifest({"x": there}), manifest({"x": here}), tolerance=tolerance)["outputs"])

    assert different(1, 1.0) == set()
    assert different(1, True) == {"x"}
    assert different(0.1 + 0.2, 0.3) == {"x"}
    assert different(0.1 + 0.2, 0.3, 1e-9) == set()
    assert different(0.0, 1e-300, 1e-9) == {"x"}  # no relative difference is so small
    assert different([1, 2], [1]) == {"x"}
    assert different([1, {"a": 1}], [1, {"a": 2}]) == {"x[1].a"}
    assert different({"a": None}, {}) == {"x.a"}
    assert different("a", None) == {"x"}
