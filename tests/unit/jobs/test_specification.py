"""What the specification makes of parameters: types, defaults, and the refusal of names it does not know."""

import json
import random
from dataclasses import InitVar
from pathlib import Path
from typing import Any

import pytest
from aind_data_schema.base import GenericModel as AindModel
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    field_serializer,
    field_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from support.samples import decide, job_text, write_files

from analysis_jobs import GenericModel
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.jobs.specification import Parameters, validated
from analysis_jobs.json_values import unstorable


class Band(GenericModel):
    low_hz: float = 300


class Specification(GenericModel):
    analysis_name: str = "units"
    cutoff: float = 0.5
    band: Band = Band()
    bands: list[Band] = []
    by_area: dict[str, Band] = {}


class LooseBand(AindModel):
    low_hz: float = 300


class LooseSpecification(AindModel):  # AIND's model takes extra values in silence
    cutoff: float = 0.5
    band: LooseBand = LooseBand()
    bands: list[LooseBand] = []
    by_area: dict[str, LooseBand] = {}
    band_or_none: LooseBand | None = Field(default=None, alias="bandOrNone")


def refusal(values: dict[str, Any], specification: type[BaseModel]) -> str:
    with pytest.raises(InvalidInput) as caught:
        validated(values, specification)
    return str(caught.value)


def test_defaults_are_filled_in_and_numbers_typed() -> None:
    assert json.dumps(validated({"cutoff": 1, "bands": [{}]}, Specification)) == json.dumps(
        {
            "analysis_name": "units",
            "cutoff": 1.0,
            "band": {"low_hz": 300},
            "bands": [{"low_hz": 300}],
            "by_area": {},
        }
    )


@pytest.mark.parametrize("specification", [Specification, LooseSpecification])
@pytest.mark.parametrize(
    "values",
    [
        {"band": {"lowhz": 1}},
        {"bands": [{"low_hz": 1}, {"lowhz": 1}]},
        {"by_area": {"V1": {"lowhz": 1}}},
    ],
)
def test_unknown_names_inside_are_refused(values: dict[str, Any], specification: type[BaseModel]) -> None:
    assert refusal(values, specification) == (
        "'lowhz' (given as 1) is not a parameter of the analysis; did you mean 'low_hz'?"
    )


@pytest.mark.parametrize("specification", [Specification, LooseSpecification])
def test_unknown_names_get_the_nearest(specification: type[BaseModel]) -> None:
    assert refusal({"cutof": 0.1}, specification) == (
        "'cutof' (given as 0.1) is not a parameter of the analysis; did you mean 'cutoff'?"
    )


def test_unknown_names_that_are_like_no_other() -> None:
    assert refusal({"xyz": 1}, Band).endswith("is not a parameter of the analysis; known are: low_hz")

    class Empty(GenericModel):
        pass

    assert refusal({"xyz": 1}, Empty).endswith("; none is known here")


class Aliased(AindModel):
    cutoff: float = Field(default=0.5, alias="Cutoff")
    band: LooseBand = Field(default=LooseBand(), validation_alias=AliasChoices("Band", "old_band"))
    inner: int = Field(default=0, validation_alias=AliasPath("wrapped", 0))


class ByName(Aliased):
    model_config = ConfigDict(populate_by_name=True)


def test_aliases_are_names() -> None:
    assert validated({"Cutoff": 1, "old_band": {"low_hz": 2}, "wrapped": [3]}, Aliased) == {
        "Cutoff": 1,
        "band": {"low_hz": 2},
        "inner": 3,
    }


@pytest.mark.parametrize("values", [{"cutoff": 1}, {"band": {}}, {"inner": 1}])
def test_a_name_that_the_model_would_not_take_is_refused(values: dict[str, Any]) -> None:
    # pydantic keeps such a one as an extra value, and runs with the default
    assert "is not a parameter of the analysis" in refusal(values, Aliased)
    assert validated(values, ByName)


def test_unknown_names_behind_an_alias() -> None:
    assert "did you mean 'low_hz'?" in refusal({"old_band": {"lowhz": 1}}, Aliased)
    assert "did you mean 'low_hz'?" in refusal({"bandOrNone": {"lowhz": 1}}, LooseSpecification)


def test_a_missing_parameter() -> None:
    class Required(GenericModel):
        cutoff: float

    assert refusal({}, Required) == "parameters refused by AnalysisSpecification: cutoff is missing; add it"


def test_a_validator_that_raises() -> None:
    class Broken(GenericModel):
        cutoff: float = 0.5

        @field_validator("cutoff")
        @classmethod
        def look_up(cls, value: float) -> float:
            return {0.5: value}[value]

    assert refusal({"cutoff": 0.25}, Broken) == "AnalysisSpecification failed on {'cutoff': 0.25}: KeyError: 0.25"


class Thing:
    pass


def test_values_without_a_json_form() -> None:
    class Odd(GenericModel):
        thing: Any = Thing()

    assert "cannot be written as JSON: Unable to serialize unknown type" in refusal({}, Odd)

    class Raising(GenericModel):
        cutoff: float = 0.5

        @field_serializer("cutoff")
        def fail(self, value: float) -> float:
            raise KeyError(value)

    assert "AnalysisSpecification cannot be written as JSON" in refusal({}, Raising)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_is_refused_wherever_it_comes_from(value: float) -> None:
    class Default(GenericModel):
        limits: list[float] = [0, value]

    wrong = f"parameter limits.1 is {value}, which JSON cannot hold and which equals nothing; use a number, or None"
    assert refusal({}, Default) == f"{wrong} (null) where it may be"

    class Forgiving(GenericModel):  # its parameters are finite, but what was given is written to a batch
        cutoff: float | None = None

        @field_validator("cutoff")
        @classmethod
        def finite(cls, given: float | None) -> None:
            return None

    with pytest.raises(InvalidInput, match=r"parameter cutoff is (nan|inf)"):
        Parameters(Forgiving).validated({"cutoff": value})


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (1.5, ""),
        (float("nan"), "value is nan"),
        ({"a": [1, {"b": float("inf")}]}, "a.1.b is inf"),
        ({"a": [10**400]}, "a.0 is a whole number of 1329 bits"),
        ("nan", ""),
    ],
)
def test_where_a_number_is_not_finite(value: Any, where: str) -> None:
    assert unstorable(value).startswith(where)
    assert bool(unstorable(value)) == bool(where)


def test_sets_have_one_order() -> None:
    class Sets(GenericModel):
        names: set[str] = set()
        pairs: frozenset[tuple[int, str]] = frozenset()
        by_name: dict[int, set[int]] = {}
        groups: list[set[str]] = []

    names = [f"unit {number}" for number in range(50)]
    one = validated({"names": names, "pairs": [[2, "b"], [1, "a"]], "by_name": {"3": [9, 8]}, "groups": [names]}, Sets)
    other = validated(
        {"names": names[::-1], "pairs": [[1, "a"], [2, "b"]], "by_name": {3: [8, 9]}, "groups": [names[::-1]]}, Sets
    )
    assert json.dumps(one) == json.dumps(other)
    assert [one["names"]] == one["groups"] == [sorted(names)]
    assert one["by_name"] == {"3": [8, 9]}


class Seconds(GenericModel):
    """Takes milliseconds: what it made of a value must not be given to it again."""

    window: float = 0.1

    @field_validator("window")
    @classmethod
    def from_milliseconds(cls, value: float) -> float:
        return value / 1000


def test_a_validator_is_applied_once(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.json": job_text("a")})
    sources = ParameterSources(fixed={"window": 50})
    (job,) = decide(tmp_path, sources=sources, specification=Seconds).planned.jobs
    batch_entry = json.loads(job.entry)
    assert batch_entry["parts"]["parameters"] == {"window": 0.05}
    assert batch_entry["given"] == {"window": 50}


def test_equal_parameters_are_validated_once() -> None:
    calls = []

    class Counting(GenericModel):
        cutoff: float = 0.5

        @field_validator("cutoff")
        @classmethod
        def count(cls, value: float) -> float:
            calls.append(value)
            if value > 1:
                raise ValueError("too high")
            return value

    parameters = Parameters(Counting)
    for _ in range(3):
        assert parameters.validated({"cutoff": 0.25}) == {"cutoff": 0.25}
        with pytest.raises(InvalidInput, match="too high"):
            parameters.validated({"cutoff": 2.5})
    assert calls == [0.25, 0.25, 2.5]  # what is valid once more, to see whether ANALYZE will have the same


def test_a_dataclass_that_does_not_keep_what_it_takes() -> None:
    @pydantic_dataclass
    class Window:
        start: float
        scale: InitVar[float] = 1.0

        def __post_init__(self, scale: float) -> None:
            self.start *= scale

    specification = create_model("AnalysisSpecification", windows=(list[Window], ...))
    with pytest.raises(InvalidInput, match=r"^AnalysisSpecification takes Window\.scale by InitVar, which keeps no va"):
        Parameters(specification).specified({"windows": [{"start": 1, "scale": 2}]})


def test_each_job_draws_its_own_default() -> None:
    specification = create_model("AnalysisSpecification", seed=(float, Field(default_factory=random.random)))
    parameters = Parameters(specification)
    assert len({parameters.specified({}).parameters["seed"] for _ in range(5)}) == 5
