"""A specification as keys and records have it: every field of it as JSON, also what its own dump leaves out."""

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo

from analysis_jobs.documents import Values
from analysis_jobs.json_values import canonical_json, json_object, json_value


def written(model: BaseModel) -> Values:
    """Return all fields of a model as JSON values, by the names that it writes them under.

    A field that is excluded from dumps (``Field(exclude=True)``) is a parameter as any other.

    Raises
    ------
    ValueError
        If a value has no JSON form, or would be lost in it.
    """
    # No warnings: a default of another type than its field's is told of elsewhere, and a warning would show a secret
    dumped = json_value(model.model_dump(by_alias=True, warnings=False))
    if not isinstance(dumped, dict):
        raise ValueError(f"its serializer makes a {type(dumped).__name__} of it, not an object")
    names = [written_name(field, info) for field, info in type(model).model_fields.items()]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two of its fields are written as {min(twice)!r}")
    completed: Values = _with_excluded(dumped, model)
    return completed


def written_name(field: str, info: FieldInfo) -> str:
    """Return the name that a model writes a field under."""
    return info.serialization_alias or field


def has_own_serializer(model: type[BaseModel]) -> bool:
    """Return whether a model is written by a function of the user's."""
    return bool(model.__pydantic_decorators__.model_serializers)


def plainly_written(value: Any) -> Any:
    """Return a value as JSON, field by field, past all serializers of the user's and all that leaves fields out.

    Raises
    ------
    ValueError
        If it has no such form; pydantic's own errors are of that kind.
    """
    if isinstance(value, RootModel):
        return plainly_written(value.root)
    if isinstance(value, BaseModel):
        return {name: plainly_written(item) for name, item in _fields_of(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plainly_written(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return json_object(value, [plainly_written(item) for item in value.values()])
    if isinstance(value, set | frozenset):
        return sorted((plainly_written(item) for item in value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [plainly_written(item) for item in value]
    return json_value(value)


def only_taken(value: Any) -> str:
    """Return the name of what a dataclass within a value takes and does not keep, or an empty text."""
    if isinstance(value, BaseModel):
        inner = [item for _, item in value]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        known = vars(type(value))["__dataclass_fields__"]  # with those that `dataclasses.fields` leaves out
        if name := next((name for name, field in known.items() if "INITVAR" in str(field._field_type)), ""):
            return f"{type(value).__name__}.{name}"
        inner = [getattr(value, field.name, None) for field in dataclasses.fields(value)]
    elif isinstance(value, dict):
        inner = list(value.values())
    else:
        inner = list(value) if isinstance(value, list | tuple | set | frozenset) else []
    return next(filter(None, map(only_taken, inner)), "")


def _fields_of(model: BaseModel) -> Iterator[tuple[str, Any]]:
    kind = type(model)
    for field, info in kind.model_fields.items():
        yield written_name(field, info), getattr(model, field)
    for name, computed in kind.model_computed_fields.items():
        yield computed.alias or name, getattr(model, name)
    yield from (model.model_extra or {}).items()


def _with_excluded(dumped: Any, value: Any) -> Any:
    if isinstance(value, RootModel):
        return _with_excluded(dumped, value.root)
    if isinstance(value, BaseModel) and isinstance(dumped, dict) and not has_own_serializer(type(value)):
        fields = {written_name(field, info): getattr(value, field) for field, info in type(value).model_fields.items()}
        inside = {name: _with_excluded(dumped[name], item) for name, item in fields.items() if name in dumped}
        return {
            **dumped,
            **inside,
            **{name: plainly_written(item) for name, item in fields.items() if name not in dumped},
        }
    if isinstance(value, list | tuple) and isinstance(dumped, list) and len(value) == len(dumped):
        return [_with_excluded(*both) for both in zip(dumped, value, strict=True)]
    if isinstance(value, dict) and isinstance(dumped, dict) and len(value) == len(dumped):
        return {
            name: _with_excluded(item, inner)
            for (name, item), inner in zip(dumped.items(), value.values(), strict=True)
        }
    return dumped


def secret_fields(model: type[BaseModel]) -> list[str]:
    """Return the fields of a model, and of models in it, whose type hides its value; by their dotted names."""
    return [".".join(path) for path in _secrets(model, (), ())]


def _secrets(annotation: Any, path: tuple[str, ...], above: tuple[type, ...]) -> Iterator[tuple[str, ...]]:
    if hasattr(annotation, "get_secret_value"):
        yield path
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in above:
            for field, info in annotation.model_fields.items():
                yield from _secrets(info.annotation, (*path, field), (*above, annotation))
    else:
        for part in get_args(annotation):
            yield from _secrets(part, path, above)
