"""The names by which a specification takes its parameters, and the refusal of all others."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo

from analysis_jobs.errors import InvalidInput
from analysis_jobs.redaction.names import may_be_secret_field
from analysis_jobs.wording import nearest, shown


@cache
def accepted_names(model: type[BaseModel]) -> dict[str, str]:
    """Return every name under which a model takes a value, each with its field.

    A field with an alias is taken by its own name only where the model says so; pydantic would take that name
    for an extra value, and the default for the field.
    """
    config = model.model_config
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    names: dict[str, str] = {}
    for name, info in model.model_fields.items():
        aliases = _aliases(info)
        names |= dict.fromkeys([*aliases, name] if by_name or not aliases else aliases, name)
    return names


def _aliases(info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias] if alias else []
    return [str(choice.path[0]) if isinstance(choice, AliasPath) else choice for choice in choices]


def refuse_unknown(values: Mapping[str, Any], specification: type[BaseModel]) -> None:
    """Refuse names that are no parameter of the specification, and two for one parameter.

    Raises
    ------
    InvalidInput
        Names the first such, its value unless that may be a secret, and the nearest valid name.
    """
    names = accepted_names(specification)
    given: dict[str, str] = {}  # by field
    for name in values:
        if name not in names:
            hint = nearest(name, names)
            given_as = "" if _may_be_secret(name, values[name], hint) else f" (given as {shown(values[name])})"
            raise InvalidInput(f"{name!r}{given_as} is not a parameter of the analysis{hint}")
        if (field := names[name]) in given:
            raise InvalidInput(f"{given[field]!r} and {name!r} are one parameter of the analysis; give it by one name")
        given[field] = name


def _may_be_secret(name: str, value: Any, hint: str) -> bool:
    """Return whether a value is a secret by its name, by the one that is suggested, or by one within it."""
    suggested = hint.partition("did you mean '")[2].rstrip("'?")
    return may_be_secret_field(name) or may_be_secret_field(suggested) or _names_secrets(value)


def _names_secrets(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(may_be_secret_field(name) or _names_secrets(item) for name, item in value.items())
    return isinstance(value, list | tuple) and any(map(_names_secrets, value))
