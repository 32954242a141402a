"""Documents that come from outside, held against the shapes that they are to have; what is wrong is said in words.

By hand and not by pydantic, whose import would take longer than all else that UPLOAD and RECORD do to begin.
"""

import json
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints, is_typeddict

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

DEEPEST_DOCUMENT = 100  # levels of a document; deeper ones end recursions
LARGEST_NUMBER = 2**63  # of numbers; what is larger counts or measures nothing


class Damaged(InvalidInput):
    """A document of store or bucket is not what it is to be: says which one it is, and what is wrong."""


class _Wrong(NamedTuple):
    """What is wrong, and where in the document."""

    path: str
    what: str


_Check = Callable[[Any], _Wrong | None]
_KINDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}


def json_in(content: str | bytes) -> Any:
    """Return the JSON value in a text.

    Raises
    ------
    ValueError
        If it holds none; says why in a few words.
    """
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except ValueError:
        raise ValueError("it is not JSON" if content.strip() else "it is empty") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def misshapen(value: object, shape: Any, partial: tuple[type, ...] = ()) -> str:
    """Return in words what of a JSON value has not a shape, or an empty text.

    Parameters
    ----------
    value
        The value. Names that the shape does not know are fine.
    shape
        What an annotation says, such as a TypedDict.
    partial
        The TypedDicts, at whatever depth, of which values may be missing or null.
    """
    if is_too_deep(value):
        return "it is nested too deeply"
    wrong = _check_of(shape, partial)(value)
    if not wrong:
        return ""
    path = wrong.path.lstrip(".")[:200] or "it"
    return f"{path if path.isprintable() else ascii(path)} {wrong.what}"


def no_json(value: object) -> str:
    """Return what in a value no JSON text can hold, as some readers let through, or an empty text."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "holds half a character"
    except ValueError:
        return "holds NaN or an infinity"
    return ""


def is_too_deep(value: object) -> bool:
    """Return whether a JSON value has more than `DEEPEST_DOCUMENT` levels."""
    level = [value]
    for _ in range(DEEPEST_DOCUMENT):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


@cache
def _check_of(shape: Any, partial: tuple[type, ...]) -> _Check:
    if is_typeddict(shape):
        fields = {name: _check_of(inner, partial) for name, inner in get_type_hints(shape).items()}
        if shape in partial:
            return lambda value: _wrong_object(value, fields, (), may_be_null=True)
        required = tuple(name for name in fields if name in shape.__required_keys__)
        return lambda value: _wrong_object(value, fields, required)
    origin, inner = get_origin(shape), get_args(shape)
    if origin is dict:
        values = _check_of(inner[1], partial)
        return lambda value: _wrong_mapping(value, values)
    if origin is list:
        item = _check_of(inner[0], partial)
        return lambda value: _wrong_list(value, item)
    if origin in (Union, types.UnionType):
        checks = [_check_of(option, partial) for option in inner]
        return lambda value: None if any(check(value) is None for check in checks) else checks[0](value)
    return _check_of_plain(shape, origin is Literal)


def _check_of_plain(shape: Any, is_literal: bool) -> _Check:
    if shape is Any:
        return lambda value: None
    if is_literal:
        words = get_args(shape)
        what = f"must be one of: {', '.join(words)}"
        return lambda value: None if isinstance(value, str) and value in words else _Wrong("", _not(value, what))
    return lambda value: None if _is(value, shape) else _Wrong("", _not(value, f"must be {_KINDS[shape]}"))


def _not(value: object, wanted: str) -> str:
    return f"is {_brief(value)}, and {wanted}"


def _brief(value: object) -> str:
    """Return a value as a message shows it; of what holds others, which may be huge, only the kind."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        return "a number that is too large"
    return shown(value[:200] if isinstance(value, str) else value)


def _is(value: object, kind: type) -> bool:
    if kind is int or kind is float:
        is_number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
        return is_number and abs(value) < LARGEST_NUMBER  # type: ignore[arg-type]  # NaN is not
    return isinstance(value, kind)


def _wrong_object(
    value: object, fields: dict[str, _Check], required: tuple[str, ...], *, may_be_null: bool = False
) -> _Wrong | None:
    if not isinstance(value, dict):
        return _Wrong("", _not(value, "must be an object"))
    for name in required:
        if name not in value:
            return _Wrong("", f"has no {name}")
    there = [name for name in fields if name in value and not (may_be_null and value[name] is None)]
    return _first((f".{name}", fields[name](value[name])) for name in there)


def _wrong_mapping(value: object, check: _Check) -> _Wrong | None:
    if not isinstance(value, dict):
        return _Wrong("", _not(value, "must be an object"))
    return _first((f".{name}", check(item)) for name, item in value.items())


def _wrong_list(value: object, check: _Check) -> _Wrong | None:
    if not isinstance(value, list):
        return _Wrong("", _not(value, "must be a list"))
    return _first((f"[{number}]", check(item)) for number, item in enumerate(value))


def _first(checked: Iterator[tuple[str, _Wrong | None]]) -> _Wrong | None:
    return next((_Wrong(f"{name}{wrong.path}", wrong.what) for name, wrong in checked if wrong), None)
