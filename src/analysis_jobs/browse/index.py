"""All jobs of a store in memory, as columns: what is filtered, sorted and counted, without asking the store again."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from pydantic_core import from_json

from analysis_jobs.browse.distinct import Distinct
from analysis_jobs.browse.output_values import Part, ValuePath, output_values
from analysis_jobs.jobs.labels import Named, label_text, recording_names, varying_paths
from analysis_jobs.json_values import canonical_json, leaves, path_names
from analysis_jobs.records.acquisition import Acquisition, acquisition_in
from analysis_jobs.results.listing import ListedState
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.briefs import Brief
from analysis_jobs.wording import cut

Cell = str | int | float | None
# What every job has; beside these are `parameters.NAME` and `outputs.NAME`, as in `analysis_jobs.load_outputs`
OF_EVERY_JOB = (
    "recording", "subject", "acquired", "state", "name", "tag", "changed", "seconds", "attempt", "message", "code",
    "launch", "inputs", "key",
)  # fmt: skip
TIMES = ("changed", "acquired")
_UTC = "+00:00"
LONGEST_LIST = 200  # characters of a list, as JSON
_NUMBERS, _PLAIN, _NOTHING = {int, float}, {str, int, float, type(None)}, {type(None)}


class Index:
    """The jobs of a store, by their row; rows are numbered from 0, in no order that means anything."""

    def __init__(self, briefs: Iterable[Brief], damaged: Sequence[str] = ()) -> None:
        """Take the jobs, and what the store could not use, in sentences."""
        self.briefs = list(briefs)
        self.damaged = list(damaged)
        self.read = datetime.now(UTC)
        self.rows = {brief.key: row for row, brief in enumerate(self.briefs)}
        self._inputs = Distinct(brief.inputs or "[]" for brief in self.briefs)
        self._parameters = Distinct(brief.parameters or "{}" for brief in self.briefs)
        self._columns: dict[str, list[Cell]] = {}
        self._counts: dict[str, Counter[Cell]] = {}
        self._kinds: dict[str, set[type]] = {}
        self._acquisitions: dict[int, Acquisition] = {}  # by the numbers of inputs

    def __len__(self) -> int:
        """Return the number of jobs."""
        return len(self.briefs)

    @property
    def columns(self) -> list[str]:
        """The names of all columns, the fixed ones first."""
        return [*OF_EVERY_JOB, *self.parameters, *self.outputs]

    @cached_property
    def parameters(self) -> dict[str, ValuePath]:
        """The columns of parameters, with the path that each is found by; those that are not the same in all first."""
        flat = [dict(leaves(values)) for values in self._parameters.values]
        varying = varying_paths(flat)
        paths = dict.fromkeys([*varying, *(path for values in flat for path in values)])
        names = path_names(("parameters", *path) for path in paths)
        return {names["parameters", *path]: path for path in paths}

    @cached_property
    def varying(self) -> list[str]:
        """The columns of parameters that are not the same in all jobs."""
        paths = set(varying_paths(dict(leaves(values)) for values in self._parameters.values))
        return [name for name, path in self.parameters.items() if path in paths]

    @cached_property
    def outputs(self) -> dict[str, ValuePath]:
        """The columns of outputs, those that most jobs have first, with the path that each is found by."""
        names = path_names(("outputs", *path) for path in self._values)
        jobs = {path: sum(len(rows) for rows, _ in parts) for path, parts in self._values.items()}
        return {names["outputs", *path]: path for path in sorted(jobs, key=lambda path: -jobs[path])}

    @cached_property
    def _values(self) -> dict[ValuePath, list[Part]]:
        return output_values([brief.outputs for brief in self.briefs])

    @cached_property
    def recordings(self) -> list[str]:
        """What the inputs of each job are called, which no other inputs of the store are."""
        called = recording_names(dict(zip(map(tuple, self._inputs.values), self._assets, strict=True)))
        return self._inputs.each(lambda inputs: label_text(called[tuple(inputs)]))

    @cached_property
    def _assets(self) -> list[list[str]]:
        """The names of the assets of each of the inputs."""
        briefs = dict(zip(self._inputs.numbers, self.briefs, strict=True))
        return [_asset_names(briefs[number]) for number in range(len(self._inputs.values))]

    def column(self, name: str) -> list[Cell]:
        """Return the values of a column, None where a job has none; of a name that there is not, of all jobs.

        Truth values and lists are texts, as JSON has them.
        """
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> list[Cell]:
        if name in _OF_BRIEF:
            return list(map(_OF_BRIEF[name], self.briefs))
        match name:
            case "recording":
                return list(self.recordings)
            case "subject" | "acquired":
                return self._of_recording(name)
            case "state":
                return self._states()
            case "name":
                return self._names()
            case "tag":
                return self._of_parameter(("analysis_tag",))
            case "inputs":
                return self._inputs.each(", ".join)
        if name.startswith("outputs.") and name in self.outputs:
            return self._of_output(self.outputs[name])
        return self._of_parameter(self.parameters[name]) if name in self.parameters else [None] * len(self)

    def _of_output(self, path: ValuePath) -> list[Cell]:
        column: list[Cell] = [None] * len(self)
        for rows, values in self._values[path]:
            cells = values if set(map(type, values)) <= _PLAIN else map(_cell, values)
            for row, cell in zip(rows, cells, strict=True):
                column[row] = cell
        return column

    def _of_recording(self, name: Literal["subject", "acquired"]) -> list[Cell]:
        """Return what the states say; of older ones, and where there is none, what the names of the inputs say."""
        known = [(getattr(brief, name), of) for brief, of in zip(self.briefs, self._inputs.numbers, strict=True)]
        for number in {number for value, number in known if not value} - self._acquisitions.keys():
            self._acquisitions[number] = acquisition_in(self._assets[number], self._inputs.values[number])
        told = {number: getattr(one, name) or None for number, one in self._acquisitions.items()}
        return [value or told[number] for value, number in known]

    def _of_parameter(self, path: ValuePath) -> list[Cell]:
        return self._parameters.each(lambda values: _cell(_value_at(values, path)))

    def _names(self) -> list[Cell]:
        told = self._of_parameter(("analysis_name",))
        return [name or brief.name for name, brief in zip(told, self.briefs, strict=True)]

    def _states(self) -> list[Cell]:
        now = datetime.now(UTC).isoformat()
        return ["done" if brief.recorded else self._state(brief, now) for brief in self.briefs]

    def _state(self, brief: Brief, now: str) -> ListedState:
        """See `analysis_jobs.results.listing`, which says the same of one job; of one without a record of its own."""
        if brief.adopted and self._has_record(brief.adopted):
            return "done"
        if brief.state == "pending":
            return "expired" if (brief.expires or "") <= now else "pending"
        return "removed" if brief.state in ("done", None) else brief.state  # type: ignore[return-value]

    def _has_record(self, key: str) -> bool:
        return key in self.rows and self.briefs[self.rows[key]].recorded

    @cached_property
    def newest_first(self) -> list[int]:
        """The rows, those that changed last first; of the same age, in the order of their keys."""
        when = _comparable([brief.ended or brief.changed or "" for brief in self.briefs])
        keys = [brief.key for brief in self.briefs]
        rows = sorted(range(len(self)), key=keys.__getitem__)
        return sorted(rows, key=when.__getitem__, reverse=True)

    @cached_property
    def adopted(self) -> set[str]:
        """The ids of records that jobs have adopted."""
        return {brief.adopted for brief in self.briefs if brief.adopted}

    @cached_property
    def latest(self) -> set[int]:
        """The rows of the results that are the newest of their analysis, inputs and parameters, whatever the code.

        As of `analysis_jobs.results.choice`: what names no inputs is replaced by nothing.
        """
        done = [row for row, result in enumerate(self.results) if result]
        same = Distinct(map(canonical_json, self._parameters.values), parsed=False).numbers
        asked = list(zip(self._inputs.numbers, map(same.__getitem__, self._parameters.numbers), strict=True))
        if len(set(asked)) == len(asked):  # which is quick, and often so
            return set(done)
        names, first = self.column("name"), dict[object, int]()
        for row in self.newest_first:
            if self.results[row]:
                first.setdefault((names[row], asked[row]) if self._inputs.values[asked[row][0]] else row, row)
        return set(first.values())

    @cached_property
    def is_code_alone(self) -> bool:
        """Whether results are there that differ in nothing but their code, so that one has replaced the other."""
        return self.column("state").count("done") > len(self.latest)

    @cached_property
    def results(self) -> list[str | None]:
        """The key of the record that each job is done by; None where it is not."""
        return [
            (brief.key if brief.recorded else brief.adopted) if state == "done" else None
            for brief, state in zip(self.briefs, self.column("state"), strict=True)
        ]

    @cached_property
    def latest_keys(self) -> set[str | None]:
        """The keys of the records of `latest`."""
        return set(map(self.results.__getitem__, self.latest))

    def named(self, row: int) -> Named:
        """Return what the label of a job is made of."""
        inputs, parameters = self._inputs, self._parameters
        called = self.recordings[row]  # as everywhere, whichever jobs are seen together
        return Named(
            inputs.values[inputs.numbers[row]],
            [called],
            parameters.values[parameters.numbers[row]],
            self.briefs[row].code or "",
        )

    def asset_names(self, row: int) -> list[str]:
        """Return what the assets of a job's inputs are called, where that is known."""
        return self._assets[self._inputs.numbers[row]]

    def counts(self, name: str) -> "Counter[Cell]":
        """Return how often each value is in a column, without what is missing."""
        if name not in self._counts:
            counts = Counter(self.column(name))
            del counts[None]
            self._counts[name] = counts
        return self._counts[name]

    def is_number(self, name: str) -> bool:
        """Return whether a column has nothing but numbers, and some."""
        if name not in self._kinds:
            self._kinds[name] = set(map(type, self.column(name))) - _NOTHING
        return bool(self._kinds[name]) and self._kinds[name] <= _NUMBERS

    def bounds(self, name: str) -> tuple[float, float]:
        """Return the least and the largest value of a column of which `is_number` holds."""
        numbers: list[Any] = [value for value in self.column(name) if value is not None]
        return min(numbers), max(numbers)


def _value_at(values: Mapping[str, Any], path: ValuePath) -> Any:
    for name in path:
        if not isinstance(values, Mapping) or name not in values:
            return None
        values = values[name]
    return values


def _cell(value: Any) -> Cell:
    if value is None or type(value) in (str, int, float):
        return value  # type: ignore[no-any-return]
    return cut(json.dumps(value, ensure_ascii=False), LONGEST_LIST)


def _comparable(times: list[str]) -> "list[str] | list[float]":
    """Return what times are sorted by: the texts themselves, where all are in UTC, as ours are."""
    texts = [text.replace("Z", _UTC) for text in times]
    return texts if all(text.endswith(_UTC) for text in texts) else list(map(seconds_of, times))


def _asset_names(brief: Brief) -> list[str]:
    return from_json(brief.assets) if brief.assets else []


def _message(brief: Brief) -> str | None:
    return ": ".join(filter(None, (brief.type, brief.message))) or None


def _seconds(brief: Brief) -> float | None:
    if brief.seconds is None and brief.started and brief.ended:
        return round(seconds_of(brief.ended) - seconds_of(brief.started), 3)
    return brief.seconds


_OF_BRIEF: dict[str, Callable[[Brief], Cell]] = {
    "key": attrgetter("key"),
    "changed": lambda brief: brief.ended or brief.changed,
    "seconds": _seconds,
    "attempt": attrgetter("attempt"),
    "message": _message,
    "code": attrgetter("code"),
    "launch": attrgetter("launch"),
}
