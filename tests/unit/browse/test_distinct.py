"""Texts that are alike."""

from analysis_jobs.browse.distinct import Distinct


def test_each_value_is_kept_once() -> None:
    distinct = Distinct(["[1]", "[2]", "[1]"])
    assert (distinct.values, distinct.numbers) == ([[1], [2]], [0, 1, 0])
    made: list[object] = []
    assert distinct.each(lambda value: made.append(value) or len(made)) == [1, 2, 1]
    assert made == [[1], [2]]
    assert Distinct(["[1]"], parsed=False).values == ["[1]"]
