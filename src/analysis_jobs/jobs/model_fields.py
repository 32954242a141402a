"""The fields of the two models of an analysis, and of the models in them, as a table."""

import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from analysis_jobs.documents import DescribedField
from analysis_jobs.jobs.names import accepted_names
from analysis_jobs.jobs.written import written_name
from analysis_jobs.json_values import canonical_json, json_value
from analysis_jobs.redaction.text import redacted_values
from analysis_jobs.wording import cut, shown

log = logging.getLogger(__name__)
# How a field in a field is called, by what holds it: `bands[].low` of a list, `bands.*.low` of an object
_IN_LIST, _IN_OBJECT = "[]", ".*"
# What every manifest has of the descriptions
LONGEST_DESCRIPTION = 300  # characters
MOST_DESCRIBED = 500  # fields
_Names = Callable[[type[BaseModel]], Mapping[str, str]]


def fields_of(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """Yield `name` (as it is given), `type`, `description` and, where it has one, `default` and `unit` of each field.

    The fields of a model, dataclass or typed dictionary in a field come after it, under dotted names; their defaults
    are those that they have in the default of the field, if that has some.
    """
    yield from _fields(model, given_names, "", (model,), None)


def described_fields(**models: type[BaseModel]) -> list[DescribedField]:
    """Return what the fields of models are, as they say by ``Field(description=, json_schema_extra={"unit": ...})``.

    Parameters
    ----------
    models
        By what their fields' names begin with: ``parameters``, ``outputs``.

    Returns
    -------
    list of dict
        `name`, under which the value is written, and what there is of `description` and `unit`. Not of those that have
        neither, and kept short, as every manifest has it.
    """
    described: list[DescribedField] = []
    for kind, model in models.items():
        try:
            described += _described_of(kind, model)
        except Exception as error:  # of annotations that only their own code understands
            log.info("the fields of the %s are not described: %s", kind, error)
    return described[:MOST_DESCRIBED]


def _described_of(kind: str, model: type[BaseModel]) -> Iterator[DescribedField]:
    for about in _fields(model, _written_names, "", (model,), None):
        known = {name: cut(about[name], LONGEST_DESCRIPTION) for name in ("description", "unit") if about.get(name)}
        if known:
            yield {"name": f"{kind}.{about['name']}", **known}  # type: ignore[typeddict-item]


def _written_names(model: type[BaseModel]) -> dict[str, str]:
    return {field: written_name(field, info) for field, info in model.model_fields.items()}


def _fields(
    kind: type, names: _Names, above: str, kinds: tuple[type, ...], defaults: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    for name, annotation, about in _members(kind, names):
        if defaults is not None and name in defaults:
            about["default"] = defaults[name]
        default = about.get("default")
        # What is wrong with a default that is a secret is said elsewhere, and here it would be shown
        open_default = {"default": redacted_values({name: default})[name]} if "default" in about else {}
        yield {"name": f"{above}{name}", "type": type_name(annotation), **about, **open_default}
        for inner, place in _inside(annotation):
            if inner not in kinds:  # one may hold itself
                of_inner = default if isinstance(default, dict) and not place else None
                yield from _fields(inner, names, f"{above}{name}{place}.", (*kinds, inner), of_inner)


def _members(kind: type, names: _Names) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield name, annotation, and what is known beside, of each field."""
    if issubclass(kind, BaseModel):
        called = names(kind)
        yield from ((called[field], info.annotation, _about(info)) for field, info in kind.model_fields.items())
        return
    known = {field.name: field for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else {}
    for name, annotation in get_type_hints(kind).items():
        info = FieldInfo() if name not in known else _of_dataclass(known[name])
        yield name, annotation, _about(info)


def _of_dataclass(field: "dataclasses.Field[Any]") -> FieldInfo:
    if isinstance(field.default, FieldInfo):  # of pydantic's own
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return FieldInfo(default_factory=field.default_factory)
    return FieldInfo() if field.default is dataclasses.MISSING else FieldInfo(default=field.default)


def _inside(annotation: Any) -> Iterator[tuple[type, str]]:
    """Yield what in an annotation has fields of its own, with how it is reached."""
    annotation = getattr(annotation, "__value__", annotation)  # a name for another type
    if isinstance(annotation, type) and not get_args(annotation):
        if (
            issubclass(annotation, BaseModel)
            or dataclasses.is_dataclass(annotation)
            or hasattr(annotation, "__total__")
        ):
            yield annotation, ""
        return
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        choices = parts
    else:
        choices = parts[:1] if origin is Annotated else parts[-1:] if _is_mapping(origin) else parts
    place = "" if origin in (Union, UnionType, Annotated) else _IN_OBJECT if _is_mapping(origin) else _IN_LIST
    found = ((kind, place + below) for part in choices for kind, below in _inside(part))
    yield from dict.fromkeys(found)


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)


def given_names(model: type[BaseModel]) -> dict[str, str]:
    """Return the name by which each field is given: its own, or its alias."""
    return {field: name for name, field in reversed(accepted_names(model).items())}


def _about(info: FieldInfo) -> dict[str, Any]:
    about = {"description": _described(info.description), **_unit(info.json_schema_extra)}
    if info.is_required():
        return about
    try:
        default = json_value(info.get_default(call_default_factory=True, validated_data={}))
        canonical_json(default)
    except (Exception, SystemExit):  # `specification_findings` says what is wrong with it
        default = "made by a function" if info.default_factory else shown(info.default)
    return {**about, "default": default}


def _unit(extra: Any) -> dict[str, str]:
    unit = extra.get("unit") if isinstance(extra, Mapping) else None
    return {} if unit is None else {"unit": _described(unit)}


def _described(description: Any) -> str:
    # Whatever it is: a trailing comma makes a tuple of a text, which pydantic takes.
    if isinstance(description, tuple | list) and all(isinstance(part, str) for part in description):
        description = " ".join(description)
    text = description if isinstance(description, str) else "" if description is None else shown(description)
    return " ".join(text.split())


def type_name(annotation: Any) -> str:
    """Return a type as it is written in code, without its module where that is typing."""
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
