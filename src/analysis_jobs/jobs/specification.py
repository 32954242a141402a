"""What the specification of an analysis makes of parameters: types, defaults, and what it refuses."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import canonical_json, json_value, not_finite
from analysis_jobs.wording import nearest, refusal_text, shown

_NO_JSON = "which JSON cannot hold and which equals nothing; use null or a number"


def typed(values: Values, specification: type[BaseModel]) -> Values:
    """Give texts from the command line the type that the specification wants.

    A text that the field takes as it is (also as a number or a boolean) is left to the field; otherwise it
    is read as JSON, for lists, objects and null.
    """
    names, fields = accepted_names(specification), specification.model_fields
    return {
        name: _typed(value, fields[names[name]].annotation) if name in names else value
        for name, value in values.items()
    }


def _typed(value: Any, annotation: Any) -> Any:
    if isinstance(value, dict):
        return _typed_inside(value, annotation)
    adapter = TypeAdapter(annotation)
    for reading in (adapter.validate_python, adapter.validate_json):
        try:
            return to_jsonable_python(reading(value))
        except ValidationError:
            continue
    return value  # the specification refuses it, in its own words


def _typed_inside(values: Values, annotation: Any) -> Values:
    for one in (annotation, *get_args(annotation)):  # an optional model is a union with None
        if isinstance(one, type) and issubclass(one, BaseModel):
            return typed(values, one)
        if get_origin(one) is dict:
            return {name: _typed(value, get_args(one)[1]) for name, value in values.items()}
    return values


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
    return [str(one.path[0]) if isinstance(one, AliasPath) else one for one in choices]


def refuse_unknown(values: Mapping[str, Any], specification: type[BaseModel]) -> None:
    """Refuse names that are no parameter of the specification.

    Raises
    ------
    InvalidInput
        Names the first such, its value, and the nearest valid name.
    """
    names = accepted_names(specification)
    for name in values:
        if name not in names:
            raise InvalidInput(
                f"{name!r} (given as {shown(values[name])}) is not a parameter of the analysis{nearest(name, names)}"
            )


class Parameters:
    """Validates parameters against a specification; equal ones once, as most jobs of a run share theirs."""

    def __init__(self, specification: type[BaseModel]) -> None:
        """Take the analysis' `AnalysisSpecification`."""
        self.specification = specification
        self._known: dict[str, Values | InvalidInput] = {}

    def validated(self, values: Values) -> Values:
        """Return the parameters as the specification typed and completed them, as JSON values.

        Raises
        ------
        InvalidInput
            If a parameter is unknown, missing, or refused by the specification, or JSON cannot hold it.
        """
        if bad := not_finite(values):
            raise InvalidInput(f"parameter {bad}, {_NO_JSON}")
        text = canonical_json(values)
        if text not in self._known:
            try:
                self._known[text] = validated(values, self.specification)
            except InvalidInput as error:
                self._known[text] = error
        known = self._known[text]
        if isinstance(known, InvalidInput):
            raise known
        return known


def validated(values: Values, specification: type[BaseModel]) -> Values:
    """Return `values` as the specification typed and completed them; see `Parameters.validated`."""
    refuse_unknown(values, specification)
    try:
        model = specification.model_validate(values)
    except ValidationError as error:
        _refuse_unknown_of(error, specification)
        raise InvalidInput(f"parameters refused by AnalysisSpecification: {refusal_text(error)}") from None
    except Exception as error:  # a validator of the user's may raise anything
        raise InvalidInput(
            f"AnalysisSpecification failed on {shown(values)}: {type(error).__name__}: {error}"
        ) from error
    _refuse_unknown_inside(values, model)
    try:
        dumped: Values = json_value(model.model_dump(by_alias=True))
    except Exception as error:  # a serializer of the user's may raise anything
        raise InvalidInput(
            f"AnalysisSpecification cannot be written as JSON: {error}; use texts, numbers, lists and objects"
        ) from error
    if bad := not_finite(dumped):
        raise InvalidInput(f"parameter {bad}, {_NO_JSON}")
    return dumped


def _refuse_unknown_of(error: ValidationError, specification: type[BaseModel]) -> None:
    # Of a model inside that refuses unknown names itself, without saying which name is near.
    for problem in error.errors(include_url=False):
        if problem["type"] == "extra_forbidden":
            *above, name = map(str, problem["loc"])
            refuse_unknown({name: problem["input"]}, _model_at(specification, above))


def _model_at(model: type[BaseModel], above: Iterable[str]) -> type[BaseModel]:
    for name in above:  # places in lists and dicts as well, which lead to no other model
        if field_name := accepted_names(model).get(name):
            model = _model_in(model.model_fields[field_name].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _refuse_unknown_inside(given: Any, value: Any) -> None:
    # Models that allow extra fields (AIND's GenericModel does) would take a misspelt name in silence.
    if isinstance(value, BaseModel) and isinstance(given, dict):
        refuse_unknown(given, type(value))
        for name, model_field in accepted_names(type(value)).items():
            _refuse_unknown_inside(given.get(name), getattr(value, model_field))
    elif isinstance(value, dict) and isinstance(given, dict):
        for name in value.keys() & given.keys():
            _refuse_unknown_inside(given[name], value[name])
    elif isinstance(value, list | tuple) and isinstance(given, list):
        for one, other in zip(given, value, strict=False):
            _refuse_unknown_inside(one, other)
