"""The forms of the parameters file."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameters_file import read_parameters

SETS = [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("content", "fixed", "distributed"),
    [
        ({}, {}, None),
        ({"a": 1}, {"a": 1}, None),
        ([], {}, []),
        (SETS, {}, SETS),
        ({"fixed_parameters": {"b": 3}}, {"b": 3}, None),
        ({"fixed_parameters": None, "distributed_parameters": None}, {}, None),
        ({"distributed_parameters": SETS}, {}, SETS),
        ({"fixed_parameters": {"b": 3}, "distributed_parameters": SETS}, {"b": 3}, SETS),
        ({"distributed_parameters": {"a": 1}}, {}, [{"a": 1}]),
        ({"grid": None}, {}, None),
        ({"distributed_parameters": SETS, "grid": {}}, {}, SETS),
    ],
)
def test_forms_of_the_file(tmp_path: Path, content: Any, fixed: Any, distributed: Any) -> None:
    (tmp_path / "p.json").write_text(json.dumps(content))
    found = read_parameters(tmp_path / "p.json", "p.json")
    assert (found.fixed, found.distributed, found.sets()) == (fixed, distributed, distributed)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("3", "holds a JSON number (3); write an object of parameters, or a list of such objects"),
        ('"a"', "holds a JSON text ('a'); write an object"),
        ("{", "is not JSON"),
        ("", "is empty"),
        ('{"a": NaN}', "holds NaN"),
        ("[1]", "distributed parameters are [1]; write a list of objects"),
        ('{"distributed_parameters": "a"}', "distributed parameters are 'a'; write a list of objects"),
        ('{"fixed_parameters": [1]}', "fixed_parameters is [1]; write an object"),
        (
            '{"grid": {"a": [1]}, "a": 1}',
            "'a' beside fixed_parameters, distributed_parameters and grid; move it into one",
        ),
        ('{"fixed_parameters": {}, "a": 1}', "'a' beside fixed_parameters, distributed_parameters and grid"),
        ('{"grid": [1]}', "grid is [1]; write an object"),
    ],
)
def test_file_that_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(InvalidInput) as caught:
        read_parameters(tmp_path / "p.json", "my/p.json")
    assert str(caught.value).startswith("my/p.json")
    assert said in str(caught.value)


def test_a_file_with_a_grid(tmp_path: Path) -> None:
    content = {"fixed_parameters": {"b": 3}, "distributed_parameters": SETS, "grid": {"c": [5, 6]}}
    (tmp_path / "p.json").write_text(json.dumps(content))
    found = read_parameters(tmp_path / "p.json", "p.json")
    assert (found.fixed, found.distributed) == ({"b": 3}, SETS)
    assert found.sets() == [{"a": 1, "c": 5}, {"a": 1, "c": 6}, {"a": 2, "c": 5}, {"a": 2, "c": 6}]


def test_a_parameter_called_grid(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"grid": [1], "a": 2}')
    assert read_parameters(tmp_path / "p.json", "p.json", ["a", "grid"]).fixed == {"grid": [1], "a": 2}


@pytest.mark.parametrize("name", ["gird", "grids", "fixed_parameter", "distributed_paramters"])
def test_a_part_of_the_file_that_is_misspelt(tmp_path: Path, name: str) -> None:
    (tmp_path / "p.json").write_text(json.dumps({name: {"a": [1]}}))
    with pytest.raises(
        InvalidInput, match=rf"^p\.json has '{name}'; did you mean '(grid|fixed_\w+|distributed_\w+)'\?$"
    ):
        read_parameters(tmp_path / "p.json", "p.json", ["a"])
    assert read_parameters(tmp_path / "p.json", "p.json", ["a", name]).fixed == {name: {"a": [1]}}
