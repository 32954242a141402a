"""Parameters that are secrets: what is published with every job can be none, so they are refused, and never shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import BaseModel

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.names import accepted_names
from analysis_jobs.jobs.written import secret_fields
from analysis_jobs.redaction.known import forms_of
from analysis_jobs.redaction.names import SHORTEST
from analysis_jobs.redaction.text import redacted_of, secret_in, secret_texts

_REMEDY = (
    "but parameters are published in keys and records; take secrets from the environment in run_analysis, and leave "
    "the parameter out"
)


def without_secrets_of(values: Values, specification: type[BaseModel], text: str) -> str:
    """Return what is said of some parameters without those of them that are secrets by their names or types.

    Only here: of other jobs, whose parameters may look alike, all is said.
    """
    hidden = {name.partition(".")[0] for name in secret_fields(specification)}
    names = accepted_names(specification)
    of_types = {"secret": {name: value for name, value in values.items() if names.get(name) in hidden}}
    secrets = [secret for secret in (*secret_texts(values), *secret_texts(of_types)) if len(secret) >= SHORTEST]
    return redacted_of(text, forms_of(secrets))


@contextmanager
def hiding_secrets_of(values: Values, specification: type[BaseModel]) -> Iterator[None]:
    """Take those of some parameters that are secrets out of what is raised meanwhile because of them."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(without_secrets_of(values, specification, str(error))) from error.__cause__


def refuse_secrets(values: Values) -> None:
    """Refuse parameters that hold a secret.

    Raises
    ------
    InvalidInput
        Names the parameter, and what it holds.
    """
    if found := secret_in(values):
        raise InvalidInput(f"parameter {found[0]} holds {found[1]}, {_REMEDY}")


def refuse_secret_inputs(inputs: Sequence[str]) -> None:
    """Refuse inputs that hold a secret elsewhere than in what opens an address.

    Raises
    ------
    InvalidInput
        Says which input, and what it holds.
    """
    if found := secret_in(list(inputs)):
        raise InvalidInput(
            f"input {found[0]} holds {found[1]}, and inputs are recorded; name the data by another location"
        )


def secret_problem(specification: type[BaseModel]) -> str:
    """Return that a specification has fields of secret types, and what to do, or an empty text."""
    if not (names := secret_fields(specification)):
        return ""
    return (
        f"AnalysisSpecification hides the value of {', '.join(names)} by its type (such as SecretStr), but parameters "
        "are published in keys and records; take secrets from the environment in run_analysis, and leave the field out"
    )
