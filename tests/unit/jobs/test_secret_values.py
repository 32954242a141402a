"""Parameters that are secrets are refused, and shown by nothing."""

import pytest
from pydantic import BaseModel, Field, SecretStr

from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.secret_values import (
    hiding_secrets_of,
    refuse_secret_inputs,
    refuse_secrets,
    secret_problem,
    without_secrets_of,
)
from analysis_jobs.redaction.text import redacted

SECRET = "planted/0123456789"


class Specification(BaseModel):
    pin: SecretStr | None = Field(default=None, alias="number")
    text: str = ""


class Plain(BaseModel):
    text: str = ""


@pytest.mark.parametrize(
    "values", [{"number": SECRET}, {"number": [SECRET]}, {"api_key": SECRET}, {"text": {"token": SECRET}}]
)
def test_no_message_shows_those_whose_names_or_types_tell(values: dict[str, object]) -> None:
    assert SECRET not in without_secrets_of(values, Specification, f"refused: {values}")
    with pytest.raises(InvalidInput) as caught, hiding_secrets_of(values, Specification):
        raise InvalidInput(f"refused: {values}")
    assert SECRET not in str(caught.value)
    assert redacted(SECRET) == SECRET, "of other jobs all is said"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"api_key": SECRET}, "parameter api_key holds a secret by its name, but parameters are published"),
        ({"text": f"a {SECRET}"}, "parameter text holds the value of the environment variable A_TOKEN, but"),
        ({"text": ["http://me:pw@host/x"]}, "parameter text.0 holds an address with a login or a signature, but"),
    ],
)
def test_secrets_are_refused(values: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", SECRET)
    with pytest.raises(InvalidInput) as caught:
        refuse_secrets(values)
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith(
        "; take secrets from the environment in run_analysis, and leave the parameter out"
    )


def test_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", SECRET)
    refuse_secret_inputs(["s3://bucket/a", "https://host/b?versionId=3"])
    with pytest.raises(
        InvalidInput, match=r"^input 1 holds the value of the environment variable A_TOKEN, and inputs are"
    ):
        refuse_secret_inputs(["s3://bucket/a", f"s3://bucket/{SECRET}/b"])


def test_others_are_not() -> None:
    refuse_secrets({"token": "", "high_pass": "butterworth", "n_tokens": 123456789, "url": "s3://b/x@y"})


def test_types_tell() -> None:
    assert secret_problem(Specification).startswith("AnalysisSpecification hides the value of pin by its type")
    assert secret_problem(Plain) == ""
