"""The outputs of a job as one line for each value, whatever they are made of."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from analysis_jobs.json_values import path_names


class LongValue(NamedTuple):
    """A value of the outputs.

    Attributes
    ----------
    output
        The field of the outputs that it is in.
    item
        Where in it: the position in a list, from 0, or the name in an object; None where the field is the value.
    field
        Where in the item, with dots, if that is a list or an object itself, as a model is; else None.
    value
        The value, of JSON's kinds; of lists and objects only those that are empty.
    """

    output: str
    item: str | None
    field: str | None
    value: Any

    @property
    def text(self) -> str | None:
        """The value as a text: one as it is, anything else as JSON; None for null."""
        return self.value if isinstance(self.value, str | None) else json.dumps(self.value)

    @property
    def number(self) -> float | None:
        """The value as a number, true and false as 1 and 0; None for anything else."""
        try:
            number = float(self.value) if isinstance(self.value, int | float) else math.nan
        except OverflowError:
            return None
        return number if math.isfinite(number) else None


def long_values(outputs: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], LongValue]]:
    """Yield every value of the outputs of a job, each with its path: lists and objects are gone into.

    Of a list of models, ``units: [{"rate": 1.5}]``, these are ``units``, ``0``, ``rate`` and 1.5.
    """
    for output, value in outputs.items():
        for path, leaf in _members(value, ()):
            item = path[0] if path else None
            field = path_names([path[1:]])[path[1:]] if path[1:] else None
            yield (output, *path), LongValue(output, item, field, leaf)


def _members(value: Any, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not value or not isinstance(value, list | Mapping):
        yield above, value
        return
    for name, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from _members(item, (*above, str(name)))
