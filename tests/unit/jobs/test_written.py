"""A specification as keys and records have it."""

from typing import Any

import pytest
from pydantic import Field, RootModel, SecretBytes, SecretStr, field_serializer

from analysis_jobs import GenericModel
from analysis_jobs.jobs.written import plainly_written, secret_fields, written


class Inner(GenericModel):
    shown: int = 1
    left_out: int = Field(2, exclude=True)


class Many(RootModel[list[Inner]]):
    pass


class Specification(GenericModel):
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {"a": Inner()}
    many: Many = Many([Inner()])
    renamed: float = Field(0.5, alias="Renamed", exclude=True)
    rounded: float = 0.123

    @field_serializer("rounded")
    def one_digit(self, value: float) -> float:
        return round(value, 1)


INNER = {"shown": 1, "left_out": 2}


def test_excluded_fields_are_there() -> None:
    everything = {"inner": INNER, "by_name": {"a": INNER}, "many": [INNER], "Renamed": 0.5}
    assert written(Specification()) == {**everything, "rounded": 0.1}
    assert plainly_written(Specification()) == {**everything, "rounded": 0.123}


class Recursive(GenericModel):
    password: SecretStr | None = None
    keys: dict[str, list[SecretBytes]] = {}
    inside: "Recursive | None" = None
    anything: Any = None


def test_fields_of_secret_types() -> None:
    assert secret_fields(Recursive) == ["password", "keys"]
    assert secret_fields(Specification) == []


def test_a_secret_that_no_type_shows() -> None:
    with pytest.raises(ValueError, match="a SecretStr would be written as stars"):
        written(Recursive(anything=SecretStr("a")))


def test_a_default_of_another_type_is_written_as_it_is_and_no_warning_shows_it(
    recwarn: pytest.WarningsRecorder,
) -> None:
    class Careless(GenericModel):
        token: int = "a secret"  # pydantic takes defaults as they are

    assert written(Careless()) == {"token": "a secret"}
    assert not recwarn.list
