"""Texts from the command line get the type that the specification wants."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, JsonValue, field_validator

from analysis_jobs import GenericModel
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.jobs.specification import validated
from analysis_jobs.jobs.words import Word, typed


class Side(Enum):
    LEFT = "left"


class Filter(GenericModel):
    order: int = 3
    bands: list[int] = []
    name: str = ""


class Specification(GenericModel):
    number: float = 0
    count: int = 0
    flag: bool = False
    text: str = ""
    many: list[int] = []
    some: dict[str, float] = {}
    maybe: int | None = 1
    maybe_text: str | None = None
    choice: Literal[1, 2, "three"] = 1
    side: Side = Side.LEFT
    day: date = date(2026, 1, 1)
    small: Annotated[int, Field(strict=True, lt=10)] = 0
    filter: Filter = Filter()
    maybe_filter: Annotated[Filter | None, Field(description="or none")] = None
    by_area: dict[str, list[int]] = {}
    renamed: list[int] = Field(default=[], alias="Other Name")
    millis: float = 0

    @field_validator("millis", mode="before")
    @classmethod
    def with_unit(cls, value: Any) -> Any:
        return value.removesuffix(" ms") if isinstance(value, str) else value


def from_command_line(*assignments: str) -> dict[str, Any]:
    """Return what the specification makes of assignments, without what is as by default."""
    values = validated(typed(parse_assignments(assignments), Specification), Specification)
    return {name: value for name, value in values.items() if value != validated({}, Specification)[name]}


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("number=0.5", 0.5),
        ("number=1e-3", 0.001),
        ("number=3", 3.0),
        ("count=-7", -7),
        ("flag=true", True),
        ("flag=True", True),
        ("flag=1", True),
        ("text=007", "007"),
        ("text=1e3", "1e3"),
        ("text=null", "null"),
        ("text=[1]", "[1]"),
        ('text="quoted"', '"quoted"'),
        ("text=a = b, ü", "a = b, ü"),
        ("many=[3, 1]", [3, 1]),
        ('some={"a": 1}', {"a": 1.0}),
        ("some.a=2", {"a": 2.0}),
        ("maybe=null", None),
        ("maybe=5", 5),
        ("maybe_text=null", "null"),
        ("choice=2", 2),
        ("choice=three", "three"),
        ("day=2026-02-03", "2026-02-03"),
        ("small=9", 9),
        ("millis=2.5 ms", 2.5),
        ("millis=2.5", 2.5),
        ("filter.order=5", {"order": 5, "bands": [], "name": ""}),
        ("filter.bands=[1,2]", {"order": 3, "bands": [1, 2], "name": ""}),
        ("filter.name=5", {"order": 3, "bands": [], "name": "5"}),
        ('filter={"order": 4}', {"order": 4, "bands": [], "name": ""}),
        ("maybe_filter.bands=[7]", {"order": 3, "bands": [7], "name": ""}),
        ("by_area.V1=[1, 2]", {"V1": [1, 2]}),
        ("Other Name=[1]", [1]),
    ],
)
def test_typed_by_the_specification(assignment: str, value: Any) -> None:
    ((_, found),) = from_command_line(assignment).items()
    assert (found, type(found)) == (value, type(value))


def test_a_choice_of_an_enumeration() -> None:
    assert typed({"side": Word("left")}, Specification) == {"side": "left"}


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("number=high", "number is 'high': Input should be a valid number"),
        ("count=1.5", "count is '1.5': Input should be a valid integer"),
        ("flag=perhaps", "flag is 'perhaps': Input should be a valid boolean"),
        ("many=[1", "many is '[1': Input should be a valid list"),
        ("choice=3", "choice is '3': Input should be 1, 2 or 'three'"),
        ("small=10", "small is 10: Input should be less than 10"),
        ("number.a=1", "number is {'a': '1'}: Input should be a valid number"),
        ("filter.order=x", "filter.order is 'x': Input should be a valid integer"),
        ("filter=x", "filter is 'x': Input should be a valid dictionary"),
        ("filter.ordr=1", "'ordr' (given as '1') is not a parameter of the analysis; did you mean 'order'?"),
        ("number=nan", "parameter number is nan, which JSON cannot hold"),
        ("number=-inf", "parameter number is -inf, which JSON cannot hold"),
    ],
)
def test_refused_in_the_words_of_the_specification(assignment: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_command_line(assignment)
    assert said in str(caught.value)


def test_an_unknown_name_is_left_for_its_message() -> None:
    assert typed({"numbr": Word("1")}, Specification) == {"numbr": "1"}


class Loose(GenericModel):
    some: dict[str, Any] = {}
    bare: dict = {}  # type: ignore[type-arg]
    maybe: dict[str, Any] | None = None
    inner: dict[str, dict[str, float]] = {}
    plain: Any = None
    value: JsonValue = None


@pytest.mark.parametrize("name", ["some.x", "bare.x", "maybe.x", "plain", "value", "some.y.z"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("-7", -7),
        ("1e3", 1000.0),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ('{"a": "1"}', {"a": "1"}),
        ('"0.5"', "0.5"),
        ("True", "True"),
        ("007", "007"),
        ("nan", "nan"),
        ("NaN", "NaN"),
        ("a b", "a b"),
        ("", ""),
    ],
)
def test_what_takes_anything_reads_json(name: str, text: str, value: Any) -> None:
    found: Any = typed(parse_assignments([f"{name}={text}"]), Loose)
    for part in name.split("."):
        found = found[part]
    assert (found, type(found)) == (value, type(value))


def test_values_that_are_no_words_keep_their_type() -> None:
    values = {"some": {"x": "0.5"}, "inner": {"a": {"b": "1"}}, "plain": "7"}
    assert typed(values, Loose) == values
    assert typed(parse_assignments(["inner.a.b=1"]), Loose) == {"inner": {"a": {"b": 1.0}}}


class One(GenericModel):
    kind: Literal["one"] = "one"
    gain: float = 1


class Other(GenericModel):
    kind: Literal["other"] = "other"
    sites: list[int] = []


class Choice(GenericModel):
    which: Annotated[One | Other, Field(discriminator="kind")] = One()
    halved: Annotated[float, AfterValidator(lambda value: value / 2)] | None = None
    cut: Annotated[Decimal | None, Field()] = None


def test_a_union_of_models_is_typed_by_all_of_them() -> None:
    found = typed(parse_assignments(["which.kind=other", "which.sites=[1]"]), Choice)
    assert found == {"which": {"kind": "other", "sites": [1]}}


def test_a_validator_in_the_type_is_not_applied_to_a_word() -> None:
    assert validated(typed(parse_assignments(["halved=3"]), Choice), Choice)["halved"] == 1.5


def test_a_decimal_is_as_it_was_written() -> None:
    assert validated(typed(parse_assignments(["cut=0.10"]), Choice), Choice)["cut"] == "0.10"
