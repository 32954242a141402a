"""The outputs of all jobs by their paths, taken apart for many jobs at once: most have the same names as others."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic_core import from_json

ValuePath = tuple[str, ...]
# Rows, and the value of each; a path has several where jobs do not have the same outputs
Part = tuple[Sequence[int], Sequence[Any]]
OUTPUTS_AT_MOST = 200  # of one job, and of each of its objects; its page has them all


def output_values(texts: Sequence[str | None]) -> dict[ValuePath, list[Part]]:
    """Return the values of outputs by their paths; objects are gone into, lists are not.

    Parameters
    ----------
    texts
        The outputs of each job, as JSON; None of a job without any.
    """
    rows = [row for row, text in enumerate(texts) if text]
    found: dict[ValuePath, list[Part]] = defaultdict(list)
    _take(rows, list(map(from_json, filter(None, texts))), (), found)
    return found


def _take(
    rows: Sequence[int], objects: Sequence[Mapping[str, Any]], above: ValuePath, found: dict[ValuePath, list[Part]]
) -> None:
    alike: dict[ValuePath, list[int]] = defaultdict(list)
    for number, names in enumerate(map(tuple, objects)):
        alike[names].append(number)
    for names, numbers in alike.items():
        these = [rows[number] for number in numbers]
        columns = zip(*(objects[number].values() for number in numbers), strict=True)
        for name, values in islice(zip(names, columns, strict=True), OUTPUTS_AT_MOST):
            _take_values(these, values, (*above, name), found)


def _take_values(
    rows: Sequence[int], values: Sequence[Any], path: ValuePath, found: dict[ValuePath, list[Part]]
) -> None:
    kinds = set(map(type, values))
    if dict not in kinds:
        found[path].append((rows, values))
    elif len(kinds) == 1:
        _take(rows, values, path, found)
    else:
        for is_object in (True, False):
            some = [number for number, value in enumerate(values) if (type(value) is dict) is is_object]
            _take_values([rows[number] for number in some], [values[number] for number in some], path, found)
