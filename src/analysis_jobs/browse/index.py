"""All jobs of a store in memory, as columns: what is filtered, sorted and counted, without asking the store again."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any

from pydantic_core import from_json

from analysis_jobs.jobs.labels import Named, labels, varying_paths
from analysis_jobs.json_values import canonical_json, leaves, path_names
from analysis_jobs.records.acquisition import Acquisition, acquisition_in
from analysis_jobs.results.listing import ListedState
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.briefs import Brief
from analysis_jobs.wording import cut

Cell = str | int | float | None
ValuePath = tuple[str, ...]
# What every job has; beside these are `parameters.NAME` and `outputs.NAME`, as in `analysis_jobs.load_outputs`
OF_EVERY_JOB = (
    "recording", "subject", "acquired", "state", "name", "tag", "changed", "seconds", "attempt", "message", "code",
    "launch", "inputs", "key",
)  # fmt: skip
TIMES = ("changed", "acquired")
_UTC = "+00:00"
LONGEST_LIST = 200  # characters of a list, as JSON
OUTPUTS_AT_MOST = 200  # of one job, and in each of its objects; its page has them all


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
        often = sorted(self._values, key=lambda path: -len(self._values[path]))
        return {names["outputs", *path]: path for path in often}

    @cached_property
    def _values(self) -> dict[ValuePath, dict[int, Any]]:
        values: dict[ValuePath, dict[int, Any]] = defaultdict(dict)
        plain: dict[str, dict[int, Any]] = defaultdict(dict)  # what is in no object, which is most, and the quicker
        for row, brief in enumerate(self.briefs):
            outputs = from_json(brief.outputs) if brief.outputs else {}
            for name in islice(outputs, OUTPUTS_AT_MOST):
                if type(value := outputs[name]) is dict:
                    for path, inner in islice(leaves(value, (name,)), OUTPUTS_AT_MOST):
                        values[path][row] = inner
                else:
                    plain[name][row] = value
        return {**{(name,): some for name, some in plain.items()}, **values}

    @cached_property
    def recordings(self) -> list[str]:
        """What the inputs of each job are called, which no other inputs of the store are."""
        called = labels([Named(*both) for both in zip(self._inputs.values, self._assets, strict=True)])
        return [called[number] for number in self._inputs.numbers]

    @cached_property
    def _assets(self) -> list[list[str]]:
        """The names of the assets of each of the inputs."""
        briefs = dict(zip(self._inputs.numbers, self.briefs, strict=True))
        return [_asset_names(briefs[number]) for number in range(len(self._inputs.values))]

    @property
    def _acquisitions(self) -> Iterator[tuple[Brief, Acquisition]]:
        """Each job, and what the names of its recording say, for states that do not: older ones, or none."""
        told = [acquisition_in(*both) for both in zip(self._assets, self._inputs.values, strict=True)]
        return ((brief, told[number]) for brief, number in zip(self.briefs, self._inputs.numbers, strict=True))

    def column(self, name: str) -> list[Cell]:
        """Return the values of a column, None where a job has none; of a name that there is not, of all jobs.

        Truth values and lists are texts, as JSON has them.
        """
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> list[Cell]:
        if name in self._fixed:
            return self._fixed[name]()
        if name.startswith("outputs.") and name in self.outputs:
            values = self._values[self.outputs[name]]
            column: list[Cell] = [None] * len(self)
            for row, value in values.items():
                column[row] = _cell(value)
            return column
        return self._of_parameter(self.parameters[name]) if name in self.parameters else [None] * len(self)

    @cached_property
    def _fixed(self) -> dict[str, Callable[[], list[Cell]]]:
        briefs = self.briefs
        return {
            "key": lambda: [brief.key for brief in briefs],
            "recording": lambda: list(self.recordings),
            "subject": lambda: [brief.subject or told.subject or None for brief, told in self._acquisitions],
            "acquired": lambda: [brief.acquired or told.acquired or None for brief, told in self._acquisitions],
            "state": self._states,
            "name": lambda: [
                name or brief.name for name, brief in zip(self._of_parameter(("analysis_name",)), briefs, strict=True)
            ],
            "tag": lambda: self._of_parameter(("analysis_tag",)),
            "changed": lambda: [brief.ended or brief.changed for brief in briefs],
            "seconds": lambda: [_seconds(brief) for brief in briefs],
            "attempt": lambda: [brief.attempt for brief in briefs],
            "message": lambda: [_message(brief) for brief in briefs],
            "code": lambda: [brief.code for brief in briefs],
            "launch": lambda: [brief.launch for brief in briefs],
            "inputs": lambda: self._inputs.each(", ".join),
        }

    def _of_parameter(self, path: ValuePath) -> list[Cell]:
        return self._parameters.each(lambda values: _cell(_value_at(values, path)))

    def _states(self) -> list[Cell]:
        now = datetime.now(UTC).isoformat()
        return [self._state(brief, now) for brief in self.briefs]

    def _state(self, brief: Brief, now: str) -> ListedState:
        """See `analysis_jobs.results.listing`, which says the same of one job."""
        if brief.recorded or (brief.adopted and self._has_record(brief.adopted)):
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
        rows = sorted(range(len(self)), key=lambda row: self.briefs[row].key)
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
        same = Distinct(map(canonical_json, self._parameters.values), parsed=False).numbers
        states, names = self.column("state"), self.column("name")
        first: dict[object, int] = {}
        for row in self.newest_first:
            if states[row] == "done":
                inputs = self._inputs.numbers[row]
                meaning = (names[row], inputs, same[self._parameters.numbers[row]])
                first.setdefault(meaning if self._inputs.values[inputs] else row, row)
        return set(first.values())

    @cached_property
    def latest_keys(self) -> set[str]:
        """The keys of the records of `latest`."""
        return {_result(self.briefs[row]) for row in self.latest}

    def named(self, row: int) -> Named:
        """Return what the label of a job is made of."""
        inputs, parameters = self._inputs, self._parameters
        called = self.recordings[row]  # as everywhere, whichever jobs are seen together
        return Named(inputs.values[inputs.numbers[row]], [called], parameters.values[parameters.numbers[row]])

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
        kinds = set(map(type, self.counts(name)))
        return bool(kinds) and kinds <= {int, float}


class Distinct:
    """Texts of JSON, of which many are alike: the values, each once, and the number of that of each text."""

    def __init__(self, texts: Iterable[str], *, parsed: bool = True) -> None:
        """Take the texts."""
        seen: dict[str, int] = {}
        self.numbers = [seen.setdefault(text, len(seen)) for text in texts]
        self.values: list[Any] = [from_json(text) if parsed else text for text in seen]

    def each(self, make: Callable[[Any], Cell]) -> list[Cell]:
        """Return what is made of each value, for each text."""
        made = list(map(make, self.values))
        return [made[number] for number in self.numbers]


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


def _result(brief: Brief) -> str:
    return brief.key if brief.recorded else str(brief.adopted)


def _asset_names(brief: Brief) -> list[str]:
    return from_json(brief.assets) if brief.assets else []


def _message(brief: Brief) -> str | None:
    return ": ".join(filter(None, (brief.type, brief.message))) or None


def _seconds(brief: Brief) -> float | None:
    if brief.seconds is None and brief.started and brief.ended:
        return round(seconds_of(brief.ended) - seconds_of(brief.started), 3)
    return brief.seconds
