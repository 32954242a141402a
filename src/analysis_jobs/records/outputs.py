"""What tables and plots of many jobs show of the outputs of a record: values that are short."""

import json
from typing import Any, NamedTuple

from analysis_jobs.documents import Values
from analysis_jobs.json_values import leaves, unstorable

# Characters as JSON of all outputs of a job, and of one value where they are more
LONGEST_OUTPUTS = 4_000
LONGEST_OUTPUT = 300
# Of what is longer nothing is looked at
LARGEST_OUTPUTS = 200_000


class ShortOutputs(NamedTuple):
    """The outputs that are short, and whether others are left out."""

    values: Values = {}
    left_out: bool = False


NO_OUTPUTS, ALL_LEFT_OUT = ShortOutputs(), ShortOutputs({}, left_out=True)


def short_outputs(outputs: object, size: int | None = None) -> ShortOutputs:
    """Return the outputs of a record, of whatever origin, without what is long or what no document can keep.

    Parameters
    ----------
    outputs
        The object of the record; None, or anything else, where it has none.
    size
        Characters of it as JSON, where they are known.
    """
    if not isinstance(outputs, dict) or not outputs:
        return NO_OUTPUTS
    if unstorable(outputs):
        return ALL_LEFT_OUT
    size = len(json.dumps(outputs)) if size is None else size
    if size <= LONGEST_OUTPUTS:
        return ShortOutputs(outputs)
    return _shortened(outputs) if size <= LARGEST_OUTPUTS else ALL_LEFT_OUT


def _shortened(outputs: Values) -> ShortOutputs:
    kept: Values = {}
    room = LONGEST_OUTPUTS
    for path, value in leaves(outputs):
        size = len(json.dumps([*path, value]))
        if size <= min(LONGEST_OUTPUT, room):
            room -= size
            _put(kept, path, value)
    return ShortOutputs(kept, left_out=True)


def _put(values: Values, path: tuple[str, ...], value: Any) -> None:
    *above, name = path
    for part in above:
        values = values.setdefault(part, {})
    values[name] = value
