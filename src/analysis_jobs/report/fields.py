"""What can be drawn of jobs: their numeric outputs, and the parameters that vary; `templates/choice.js` chooses."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from analysis_jobs.jobs.labels import varying_paths
from analysis_jobs.json_values import NO_LEAF, distinct_text, leaves, path_names
from analysis_jobs.report.account import Row
from analysis_jobs.wording import plural, shortened, visible

Role = Literal["output", "parameter"]
_Path = tuple[str, ...]

# Values of all outputs together: of many jobs there are fewer outputs, those first that most jobs have
MOST_NUMBERS = 1_000_000
MOST_OUTPUTS = 40
MOST_PARAMETERS = 20
MOST_TEXTS = 200  # of a parameter: one with more texts tells jobs apart, and draws nothing
LONGEST_LEVEL = 80
LARGEST_DRAWN = 1e300  # of numbers: the ends of an axis would be none
LEFT_OUT_NAMED = 10  # of the outputs that are left out


@dataclass(frozen=True)
class DrawableField:
    """A value of each job, in the order of the rows.

    `values` are numbers, or numbers of `levels` where it is a text; None where a job has none.
    """

    name: str
    role: Role
    values: list[int | float | None]
    levels: list[str] | None = None


@dataclass
class Fields:
    """All that can be drawn, and the names of outputs that are left out, as there are too many."""

    fields: list[DrawableField] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def drawable_fields(rows: Sequence[Row]) -> Fields:
    """Return what can be drawn of jobs; nothing where fewer than two have a number among their outputs."""
    outputs = _numeric_outputs(rows)
    if not any(len(values) > 1 for values in outputs.values()):
        return Fields()
    fitting = max(1, min(MOST_OUTPUTS, MOST_NUMBERS // len(rows)))
    names = path_names(outputs)
    most_had = sorted(outputs, key=lambda path: -len(outputs[path]))  # where as many have them, in their own order
    fit = set(most_had[:fitting])
    # First what tells jobs apart
    shown = sorted((path for path in outputs if path in fit), key=lambda path: len(set(outputs[path].values())) == 1)
    drawn = [DrawableField(visible(names[path]), "output", _spread(outputs[path], len(rows))) for path in shown]
    left_out = [visible(names[path]) for path in most_had[fitting:]]
    return Fields([*drawn, *_parameters(rows)], left_out)


def left_out_text(names: Sequence[str]) -> str:
    """Return in a sentence which outputs are left out of the plots, and where they are."""
    if not names:
        return ""
    more = f" and {len(names) - LEFT_OUT_NAMED} more" if names[LEFT_OUT_NAMED:] else ""
    listed = ", ".join(names[:LEFT_OUT_NAMED])
    return f"Left out, as there are many: {listed}{more}. `analysis-jobs export` writes all outputs as a table."


def before_text(rows: Iterable[Row]) -> str:
    """Return in a sentence of how many jobs the outputs were computed before; an empty text if of none."""
    having = [row for row in rows if row.get("outputs")]
    before = sum(row.get("decision") == "done" for row in having)
    jobs = plural(len(having), "job")
    which = f"{before} of {jobs}" if before < len(having) else jobs if before == 1 else f"all {jobs}"
    return f"Of earlier launches, as the store has them: the outputs of {which}." if before else ""


def _numeric_outputs(rows: Iterable[Row]) -> dict[_Path, dict[int, int | float]]:
    """Return the numbers by their path, of each the values by the row; without what is no number in some job."""
    found: dict[_Path, dict[int, int | float]] = {}
    other: set[_Path] = set()
    for index, row in enumerate(rows):
        for path, value in leaves(row.get("outputs") or {}):
            if _is_drawable(value):
                found.setdefault(path, {})[index] = value
            elif value is not None and not _is_number(value):
                other.add(path)
    return {path: values for path, values in found.items() if path not in other}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_drawable(value: Any) -> bool:
    return _is_number(value) and abs(value) <= LARGEST_DRAWN


def _spread(values: Mapping[int, int | float], count: int) -> list[int | float | None]:
    return [values.get(index) for index in range(count)]


def _parameters(rows: Sequence[Row]) -> Iterator[DrawableField]:
    flat = [dict(leaves(row.get("parameters") or {})) for row in rows]
    varying = varying_paths(flat)[:MOST_PARAMETERS]
    names = path_names(varying)
    for path in varying:
        values = [known.get(path) for known in flat]
        set_values = [value for value in values if value is not None]
        if all(map(_is_drawable, set_values)) and len(set(set_values)) > 1:
            yield DrawableField(visible(names[path]), "parameter", values)
            continue
        texts = [_text(known.get(path, NO_LEAF)) if known else "" for known in flat]
        if len(set(texts)) <= MOST_TEXTS:
            numbers = {text: number for number, text in enumerate(dict.fromkeys(filter(None, texts)))}
            yield DrawableField(visible(names[path]), "parameter", [numbers.get(text) for text in texts], list(numbers))


def _text(value: Any) -> str:
    return shortened(visible(distinct_text(value)), LONGEST_LEVEL)
