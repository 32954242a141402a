"""Every combination of a grid, in its order, and what is no grid."""

from typing import Any

import pytest
from pydantic import BaseModel

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.grid import MOST_SETS, Grid, read_grid


def test_every_combination_with_the_last_name_changing_first() -> None:
    grid = read_grid({"cutoff": [0.2, 0.1], "filter.order": [2, 4], "filter.kind": ["low"]}, "p.json")
    assert grid.times(None) == [
        {"cutoff": cutoff, "filter": {"order": order, "kind": "low"}} for cutoff in (0.2, 0.1) for order in (2, 4)
    ]


def test_each_set_with_every_combination() -> None:
    sets = [{"a": 1, "filter": {"kind": "low"}}, {"a": 2}]
    assert read_grid({"filter.order": [2, 4]}, "p.json").times(sets) == [
        {"a": 1, "filter": {"kind": "low", "order": 2}},
        {"a": 1, "filter": {"kind": "low", "order": 4}},
        {"a": 2, "filter": {"order": 2}},
        {"a": 2, "filter": {"order": 4}},
    ]
    assert sets == [{"a": 1, "filter": {"kind": "low"}}, {"a": 2}]


def test_values_may_be_lists_objects_and_null() -> None:
    values = [[1, 2], {"x": 1}, None, True]
    assert read_grid({"a": values}, "p.json").times(None) == [{"a": value} for value in values]


def test_a_value_that_is_listed_twice_stays_twice() -> None:
    assert read_grid({"a": [1, 1]}, "p.json").times(None) == [{"a": 1}, {"a": 1}]


def test_without_a_grid_sets_stay_as_they_are() -> None:
    assert Grid().times(None) is None
    assert read_grid(None, "p.json").times([]) == []
    assert read_grid({}, "p.json").times([{"a": 1}]) == [{"a": 1}]


def test_as_many_sets_as_there_may_be() -> None:
    grid = read_grid({"a": list(range(100)), "b": list(range(100))}, "p.json")
    assert len(grid.times(None) or ()) == MOST_SETS
    with pytest.raises(InvalidInput, match=r"^p\.json: the grid makes 2 x 100 x 100 = 20,000 sets, and 10,000 are the"):
        grid.times([{"c": 1}, {"c": 2}])


def test_one_list_that_is_too_long() -> None:
    with pytest.raises(InvalidInput, match=r"the grid makes 10,001 sets, and 10,000 are the most; shorten"):
        read_grid({"a": list(range(10_001))}, "p.json").times(None)


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ([], "p.json: distributed parameters are an empty list, so that with the grid there are 0 sets; leave them"),
        ([{}, {"a": 2}], "p.json: a is in the grid and in the distributed parameters (set 1); keep it in one of them"),
        ([{"f": {"x": 1}}], "p.json: f.x is in the grid and in the distributed parameters (set 0); keep it"),
        ([{"f": None}], "p.json: f.x is in the grid and in the distributed parameters (set 0); keep it"),
    ],
)
def test_sets_that_do_not_go_with_the_grid(sets: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_grid({"a": [1], "f.x": [1]}, "p.json").times(sets)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1], "p.json: grid is [1]; write an object with a list of values for each name"),
        ({"a": 0.1}, "p.json: grid.a is 0.1, and no list; write its values in brackets"),
        ({"f": {"x": [1]}}, "p.json: grid.f is {'x': [1]}, and no list; write its values in brackets, and dots"),
        ({"a": "abc"}, "p.json: grid.a is 'abc', and no list"),
        ({"a": []}, "p.json: grid.a is an empty list, so that there are 0 sets; give it values, or leave it out"),
        ({"f..x": [1]}, "p.json: grid has the name 'f..x', of which a part is empty; write it as 'a.b'"),
        ({"": [1]}, "p.json: grid has the name '', of which a part is empty"),
        ({"f.x": [1], "f": [{}]}, "p.json: grid.f.x is in grid.f; keep one of them"),
    ],
)
def test_what_is_no_grid(value: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_grid(value, "p.json")
    assert str(caught.value).startswith(said)


def test_a_secret_is_not_shown() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_grid({"service.api_key": "Tr0ub4dor-and-3"}, "p.json")
    assert "Tr0ub4dor" not in str(caught.value)


class Inner(BaseModel):
    order: int = 1


class Other(BaseModel):
    kind: str = ""


class Specification(BaseModel):
    filter: Inner | None = None
    either: Inner | Other | None = None
    free: dict[str, Any] = {}
    mixed: Inner | dict[str, Any] | None = None
    number: int = 0


@pytest.mark.parametrize(
    "name", ["filter", "filter.order", "either.anything", "free.any.depth", "mixed.any", "number", "number.x"]
)
def test_names_that_may_be_there(name: str) -> None:
    read_grid({name: [1]}, "p.json").refuse_unknown(Specification)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("filtr.order", "'filtr' (given as {'order': [1]}) is not a parameter of the analysis; did you mean 'filter'?"),
        ("filter.ordr", "'ordr' (given as [1]) is not a parameter of the analysis; did you mean 'order'?"),
        ("numbr", "'numbr' (given as [1]) is not a parameter of the analysis; did you mean 'number'?"),
    ],
)
def test_names_that_are_not_there(name: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_grid({name: [1]}, "my/p.json").refuse_unknown(Specification)
    assert str(caught.value) == f"my/p.json, grid.{name}: {said}"
