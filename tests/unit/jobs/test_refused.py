"""What a specification refused, in words."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from analysis_jobs.jobs.refused import refused


class Filter(BaseModel):
    order: int = 0


class Model(BaseModel):
    cutoff: float = 0
    kind: Literal["a", "b"] = "a"
    filter: Filter = Filter()
    names: list[str] = []
    text: str = ""


def said_of(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(values)
    return refused(caught.value)


@pytest.mark.parametrize("value", [[1, 2], "[1, 2]", "1,2", "0.1:1e3"])
def test_several_values_where_one_is_wanted(value: object) -> None:
    said = said_of(cutoff=value)
    assert said.startswith(f"cutoff is {value!r}: Input should be a valid number")
    remedy = "; for a job with each of several values, write a grid into the file of --parameters: "
    assert said.endswith(remedy + '{"grid": {"cutoff": [...]}}')


def test_it_is_named_by_its_path() -> None:
    assert said_of(filter={"order": [1, 2]}).endswith('{"grid": {"filter.order": [...]}}')
    assert said_of(kind=["a", "b"]).endswith('{"grid": {"kind": [...]}}')
    assert said_of(names=3, text=["a"]).endswith('{"grid": {"text": [...]}}')


@pytest.mark.parametrize("values", [{"cutoff": "x"}, {"cutoff": "1,x"}, {"names": "a,b"}, {"names": 3}, {"kind": "c"}])
def test_other_mistakes_have_nothing_to_do_with_it(values: dict[str, Any]) -> None:
    assert "grid" not in said_of(**values)
