"""The names by which a specification takes its parameters."""

import pytest
from pydantic import AliasChoices, AliasPath, ConfigDict, Field

from analysis_jobs import GenericModel
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.names import accepted_names, refuse_unknown


class Specification(GenericModel):
    plain: int = 0
    renamed: int = Field(0, alias="Renamed")
    chosen: int = Field(0, validation_alias=AliasChoices("one", "other"))
    inner: int = Field(0, validation_alias=AliasPath("deep", 1))


class ByName(Specification):
    model_config = ConfigDict(populate_by_name=True)


def test_accepted_names() -> None:
    names = {"plain": "plain", "Renamed": "renamed", "one": "chosen", "other": "chosen", "deep": "inner"}
    assert accepted_names(Specification) == names
    assert accepted_names(ByName) == {**names, "renamed": "renamed", "chosen": "chosen", "inner": "inner"}


def test_an_unknown_name() -> None:
    refuse_unknown({"plain": 1, "Renamed": 2, "other": 3}, Specification)
    with pytest.raises(InvalidInput, match=r"'rename' \(given as 1\) is not a parameter of the analysis; did you mean"):
        refuse_unknown({"rename": 1}, Specification)


@pytest.mark.parametrize(
    "values",
    [
        {"github_tokn": "hushhush21"},
        {"api_kay": "hush"},
        {"my_pasword": ["hushhush21"]},
        {"uth_key_": "hushhush21"},  # the name that is suggested tells
        {"other_": {"user": "me", "pasword": "hushhush21"}},
    ],
)
def test_a_value_that_may_be_a_secret_is_not_shown(values: dict[str, object]) -> None:
    class Secret(GenericModel):
        auth_key_token: str = ""

    with pytest.raises(InvalidInput, match=r"is not a parameter of the analysis") as caught:
        refuse_unknown(values, Secret)
    assert "hush" not in str(caught.value)
    assert "given as" not in str(caught.value)


def test_one_parameter_by_two_names() -> None:
    with pytest.raises(
        InvalidInput, match=r"^'one' and 'other' are one parameter of the analysis; give it by one name$"
    ):
        refuse_unknown({"one": 1, "other": 2}, Specification)
    with pytest.raises(InvalidInput, match=r"^'renamed' and 'Renamed' are one parameter"):
        refuse_unknown({"renamed": 1, "Renamed": 1}, ByName)
