"""Values of Python as JSON holds them."""

import json
from typing import Any

from pydantic_core import to_jsonable_python


def canonical_json(value: object) -> str:
    """Return the one JSON text of `value`: sorted names, no blanks, numbers as Python writes them.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON cannot hold.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def json_value(value: Any) -> Any:
    """Return a Python value as JSON holds it; sets in a fixed order, so that equal values have equal keys.

    Raises
    ------
    pydantic_core.PydanticSerializationError
        If the value holds something with no JSON form.
    """
    if isinstance(value, dict):
        return {_name(name): json_value(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((json_value(item) for item in value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    return value if value is None or isinstance(value, str | bool | int | float) else to_jsonable_python(value)


def _name(name: Any) -> str:
    return name if isinstance(name, str) else str(to_jsonable_python(name))


def not_finite(value: Any, path: str = "") -> str:
    """Return where a JSON value holds NaN or an infinity, in words, or an empty text."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f"{path or 'value'} is {value}"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if found := not_finite(item, f"{path}.{name}" if path else str(name)):
            return found
    return ""
