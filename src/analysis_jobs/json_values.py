"""Values of Python as JSON holds them, and as databases keep them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import to_jsonable_python

# Databases take documents of a hundred levels, some of which are the record's own.
MOST_LEVELS = 90
_LONGEST_PLACE = 80
_JSON_BEGINS = tuple('"[{-0123456789tfnNI')
# What is there where `leaves` has nothing, and what people read there
NO_LEAF = object()
NOT_SET = "not set"


def canonical_json(value: object) -> str:
    """Return the one JSON text of `value`: sorted names, no blanks, numbers as Python writes them.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON cannot hold.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def json_text(value: Any) -> str:
    """Return a value as JSON, with its letters as they are, or all escaped where one of them cannot be seen."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def of_python(value: Any) -> Any:
    """Return a number or an array of numpy or pandas, as notebooks have them, as Python's; another value as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def plain_text(value: Any) -> str:
    """Return a JSON value as people read it: a text as it is, unless it would read as another value, such as ``1``."""
    return value if isinstance(value, str) and not _reads_as_json(value) else json.dumps(value, ensure_ascii=False)


def distinct_text(value: Any) -> str:
    """Return a JSON value, or `NO_LEAF`, as `plain_text` does, in one line that no other value has."""
    if value is NO_LEAF:
        return NOT_SET
    text = plain_text(value)
    if isinstance(value, str) and (text in ("", NOT_SET) or text != " ".join(text.split()) or not text.isprintable()):
        return json_text(value)
    return text if text.isprintable() else json.dumps(value)


def _reads_as_json(text: str) -> bool:
    if not text.startswith(_JSON_BEGINS):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def json_value(value: Any) -> Any:
    """Return a Python value as JSON holds it; sets in a fixed order, so that equal values have equal keys.

    Raises
    ------
    pydantic_core.PydanticSerializationError
        If the value holds something with no JSON form.
    ValueError
        If two names are one in JSON, or something would be written as stars.
    """
    if isinstance(value, dict):
        return json_object(value, [json_value(item) for item in value.values()])
    if isinstance(value, set | frozenset):
        return sorted((json_value(item) for item in value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if hasattr(type(value), "get_secret_value"):
        raise ValueError(f"a {type(value).__name__} would be written as stars, and be lost")
    return value if value is None or isinstance(value, str | bool | int | float) else to_jsonable_python(value)


def json_object(names: Iterable[Any], values: Iterable[Any]) -> dict[str, Any]:
    """Return an object of JSON with the names of a dict, which may be numbers; see `json_value`."""
    members: dict[str, Any] = {}
    seen: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        text = name if isinstance(name, str) else str(to_jsonable_python(name))
        if text in members:
            raise ValueError(f"the names {seen[text]!r} and {name!r} are one in JSON, and a value would be lost")
        members[text], seen[text] = value, name
    return members


def unstorable(value: Any, path: str = "", level: int = 0) -> str:
    """Return what in a JSON value cannot be kept, where, and what to do, in words; or an empty text."""
    if problem := _own_problem(value, level):
        return f"{_place(path)} {problem}"
    if isinstance(value, dict):
        for name, item in value.items():
            inside = f"{path}.{name}" if path else str(name)
            if problem := _text_problem(name):
                return f"{_place(path)} has a name that {problem}"
            if problem := unstorable(item, inside, level + 1):
                return problem
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if problem := unstorable(item, f"{path}.{number}" if path else str(number), level + 1):
                return problem
    return ""


def _own_problem(value: Any, level: int) -> str:
    if level > MOST_LEVELS:
        return f"is nested in more than {MOST_LEVELS} levels; flatten it"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return (
            f"is {value}, which JSON cannot hold and which equals nothing; use a number, or None (null) where it may be"
        )
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return f"is a whole number of {value.bit_length()} bits, and databases keep 64; use a text"
    return _text_problem(value) if isinstance(value, str) else ""


def _text_problem(text: str) -> str:
    if "\x00" in text:
        return f"has a NUL character ({_short(text)}), which databases do not keep; remove it"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return f"has half a character ({_short(text)}), as names of files that are not UTF-8 have; write it whole"
    return ""


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_PLACE else f"{text[: _LONGEST_PLACE - 3]}...")


def _place(path: str) -> str:
    text = (path or "value").encode(errors="backslashreplace").decode().replace("\x00", "\\x00")
    return text if len(text) <= _LONGEST_PLACE else f"{text[: _LONGEST_PLACE - 3]}..."


def leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the value of all that is in parameters or outputs; objects are gone into, lists are not."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def leaf_at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value that `leaves` yields with a path; `NO_LEAF` if it yields none."""
    value: Any = values
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return NO_LEAF
        value = value[name]
    return NO_LEAF if isinstance(value, Mapping) else value


def path_names(paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Return each path as a dotted name; where two would share one, names with a dot in them are quoted."""
    sharing: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for path in paths:
        sharing[".".join(path)].append(path)
    return {
        path: name if len(some) == 1 else ".".join(json.dumps(part) if "." in part else part for part in path)
        for name, some in sharing.items()
        for path in some
    }
