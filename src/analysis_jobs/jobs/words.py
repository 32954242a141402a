"""Words of a command line, which have no types: they get the ones that the specification wants."""

import json
from collections import abc, defaultdict
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from copy import deepcopy
from dataclasses import is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from analysis_jobs.documents import Values
from analysis_jobs.jobs.names import accepted_names
from analysis_jobs.json_values import unstorable


class Word(str):
    """A text from a command line, which has no types: the specification gives it one."""


class NoWord(Word):
    """What stands for the value of an option that has none: `true`, as of a switch."""


def typed(values: Values, specification: type[BaseModel]) -> Values:
    """Give the words of a command line the type that the specification wants; other values are of their type.

    A word that the field takes as it is (also as a number or a boolean) is left to the field; otherwise, and where a
    field takes anything, it is read as JSON, if it is that.
    """
    names, fields = accepted_names(specification), specification.model_fields
    return {
        name: _typed(value, fields[names[name]].annotation) if name in names else _plain(value)
        for name, value in values.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, Word) else value


def _typed(value: Any, annotation: Any) -> Any:
    if isinstance(value, dict):
        return _typed_inside(value, annotation)
    if not isinstance(value, Word):
        return value
    if takes_anything(annotation):
        return _json_or_text(value)
    if _is_simple(annotation):
        return _simply_typed(str(value), annotation)
    return _typed_by_what_it_becomes(str(value), annotation)


def takes_anything(annotation: Any) -> bool:
    """Return whether a field of this type takes every value as it is."""
    return annotation in (Any, object, JsonValue) or any(map(takes_anything, _choices(annotation)))


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, those of a type with more to say about it, or nothing."""
    if hasattr(annotation, "__value__"):  # a name for another type
        return (annotation.__value__,)
    origin = get_origin(annotation)
    if origin is Annotated:
        return get_args(annotation)[:1]
    return get_args(annotation) if origin in (Union, UnionType) else ()


def _is_simple(annotation: Any) -> bool:
    if choices := _choices(annotation) if get_origin(annotation) is not Annotated else ():
        return all(map(_is_simple, choices))
    return annotation in (str, int, float, bool, None, type(None)) or get_origin(annotation) is Literal


def _simply_typed(text: str, annotation: Any) -> Any:
    adapter = TypeAdapter(annotation)
    for reading in (adapter.validate_python, adapter.validate_json):
        try:
            return to_jsonable_python(reading(text))
        except ValidationError:
            continue
    return text  # the specification refuses it, in its own words


def _typed_by_what_it_becomes(text: str, annotation: Any) -> Any:
    # What the type makes of it is not handed on: validators in it would see their own result.
    value = _json_or_text(text)
    of_text = _reading(annotation, text)
    if of_text is None and isinstance(value, dict | list):
        return value  # also if it is wrong: then the specification says what in it is
    same = of_text is None or (isinstance(value, int | float) and of_text == _reading(annotation, value))
    return value if same and _reading(annotation, value) is not None else text


def _reading(annotation: Any, value: Any) -> str | None:
    try:
        return repr(TypeAdapter(annotation).validate_python(deepcopy(value)))
    except Exception:  # a validator of the user's may raise anything, and so may a class of the user's
        return None


def _json_or_text(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        return str(text) if unstorable(value) else value
    except (ValueError, RecursionError):
        return str(text)


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


def _typed_inside(values: Values, annotation: Any) -> Values:
    models = list(_models_in(annotation))
    if models:
        return {name: _typed(value, _type_in(models, name)) for name, value in values.items()}
    kinds = list(kinds_of(annotation))
    if any(map(takes_anything, kinds)) or any(kind in (dict, Mapping, MutableMapping) for kind in kinds):
        return {name: _typed(value, Any) for name, value in values.items()}
    for kind in kinds:
        if get_origin(kind) in (dict, defaultdict, abc.Mapping, abc.MutableMapping):
            return {name: _typed(value, get_args(kind)[1]) for name, value in values.items()}
        if is_dataclass(kind) or hasattr(kind, "__total__"):  # that is how a TypedDict is known
            hints = get_type_hints(kind)
            return {name: _typed(value, hints.get(name, Any)) for name, value in values.items()}
    return {name: _plain(value) for name, value in values.items()}


def kinds_of(annotation: Any) -> Iterator[Any]:
    """Yield the types of which a field takes one: the members of a union, without what is said about them."""
    if choices := _choices(annotation):
        for choice in choices:
            yield from kinds_of(choice)
    else:
        yield annotation


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    for kind in kinds_of(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind


def _type_in(models: Iterable[type[BaseModel]], name: str) -> Any:
    """Return the type that a parameter has in any of the models of a union."""
    annotations = [
        model.model_fields[names[name]].annotation for model in models if name in (names := accepted_names(model))
    ]
    return Union[tuple(annotations)] if annotations else str  # noqa: UP007
