"""Parameters in parameters: objects that are merged by name, and values at a path in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis_jobs.documents import Values


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    """Return values with others over them; of two objects the names that are in one alone stay."""
    both = dict(values)
    for name, value in over.items():
        old = both.get(name)
        both[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def nested(path: Sequence[str], value: Any) -> Values:
    """Return the objects in which a value stands at a path."""
    for name in reversed(path):
        value = {name: value}
    return dict(value)


def decides_on(values: Any, path: Sequence[str]) -> bool:
    """Return whether values have one at a path, or instead of an object that the path goes through."""
    for name in path:
        if not isinstance(values, dict):
            return True  # it stands for all that would be in it
        if name not in values:
            return False
        values = values[name]
    return True
