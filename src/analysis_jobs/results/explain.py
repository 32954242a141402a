"""Why two jobs are the same job, or are not: the parts of their keys, field by field."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from analysis_jobs.analysis.loading import load
from analysis_jobs.analysis.source import locate
from analysis_jobs.documents import CodeIdentity, InputContent, Parts
from analysis_jobs.environments.inventory import digest_of, inventory
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import distributed_in
from analysis_jobs.jobs.key import JobKeys, KeyedJob, key_parts, same_value
from analysis_jobs.jobs.parameter_sources import parse_assignments, read_sources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.records.read import Summary, inputs_and_parameters, summary_of
from analysis_jobs.results.job_code import PresentCode
from analysis_jobs.store.protocol import Store

Verdict = Literal["same", "differs", "only in A", "only in B"]
# Records that are compared to find the nearest; of more of the same inputs, the newest.
MOST_COMPARED = 1_000
_COMPARED = ("inputs", "parameters", "code")  # of the parts of a key, without which there is nothing to compare


@dataclass(frozen=True)
class Field:
    """A field of two keys' parts: whether it is the same, and the values, None where there is none."""

    field: str
    verdict: Verdict
    a: Any
    b: Any


def compare_parts(a: Parts, b: Parts) -> list[Field]:
    """Return every field of the parts of two keys; inputs and parameters each by itself, parameters by dotted names."""
    fields = [_field(name, a.get(name), b.get(name)) for name in ("key_version", "code", "environment")]
    fields = [field for field in fields if (field.a, field.b) != (None, None)]
    of_a, of_b = Counter[str](a["inputs"]), Counter[str](b["inputs"])
    fields += [
        _field("inputs", _repeated(location, of_a[location]), _repeated(location, of_b[location]))
        for location in sorted(of_a | of_b)
    ]
    first, second = (dict(_flat(parts["parameters"], "parameters")) for parts in (a, b))
    fields += [_member(name, first, second) for name in first | second]
    return fields


def differing_fields(fields: Iterable[Field]) -> list[Field]:
    """Return the fields that are not the same."""
    return [field for field in fields if field.verdict != "same"]


def _repeated(location: str, times: int) -> str | None:
    return f"{location} ({times} times)" if times > 1 else location if times else None


def _field(name: str, a: Any, b: Any) -> Field:
    if same_value(a, b):
        return Field(name, "same", a, b)
    return Field(name, "only in B" if a is None else "only in A" if b is None else "differs", a, b)


def _member(name: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Field:
    # Of parameters null is a value, not the lack of one.
    if name in a and name in b:
        return Field(name, "same" if same_value(a[name], b[name]) else "differs", a[name], b[name])
    return Field(name, "only in A" if name in a else "only in B", a.get(name), b.get(name))


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for inner, item in value.items():
            yield from _flat(item, f"{name}.{json.dumps(inner) if '.' in inner else inner}")
    else:
        yield name, value


def parts_of(key: str, store: Store) -> Parts | None:
    """Return what a key was computed from: as its state says, else what its record says of it.

    A record of the original wrapper, or one whose state is gone, names the version of the code instead of its digest.
    """
    if parts := _parts_of_states([key], store).get(key):
        return parts
    record = store.records([key]).get(key)
    if record is None:
        store.damaged.refuse(key)
    return _parts_of_record(summary_of(record)) if record else None


def _parts_of_states(keys: Sequence[str], store: Store) -> dict[str, Parts]:
    states = store.job_states(keys, whole=True)
    whole = {key: state["parts"] for key, state in states.items()}
    return {key: parts for key, parts in whole.items() if all(parts.get(name) is not None for name in _COMPARED)}


def _parts_of_record(record: Summary) -> Parts:
    inputs, parameters = inputs_and_parameters(record)
    return {**key_parts(inputs, parameters, f"version:{record.code_version}"), "key_version": None}


@dataclass(frozen=True)
class AskedFile:
    """A job file, and what else a launch is given, as `analysis_jobs.jobs.parameter_sources.read_sources` takes it.

    `key_environment` is whether the environment is part of the key, and `contents` what is in the inputs, where that
    is part of it.
    """

    job: str
    analysis: str
    parameters: str | None
    assignments: Sequence[str]
    code_version: str | None
    jobs: str
    key_environment: bool = False
    code_identity: CodeIdentity = "files"
    contents: Mapping[str, InputContent] | None = None

    def code(self) -> dict[str, Any]:
        """Return the code of the analysis; see `analysis_jobs.results.job_code.present_code`."""
        return PresentCode(self.analysis).as_json()

    def keys(self) -> dict[str, Parts]:
        """Return, by key, what the keys of the file are computed from: one for each of its parameter sets.

        Raises
        ------
        InvalidInput
            If anything that was given is wrong.
        """
        return {keyed.key: keyed.parts for keyed in self._keyed}

    def overridden(self) -> list[str]:
        """Return which names of ``--set`` some of the parameter sets have another value for."""
        return list(dict.fromkeys(name for keyed in self._keyed for name in keyed.overridden))

    @cached_property
    def _keyed(self) -> list[KeyedJob]:
        source = locate(self.analysis)
        specification = load(source).specification
        described = read_job(Path(self.job), self.job)
        parameters = Path(self.parameters) if self.parameters else None
        sources = read_sources(
            parameters,
            str(parameters),
            distributed_in(Path(self.jobs)),
            parse_assignments(self.assignments),
            specification,
        )
        environment = digest_of(inventory()) if self.key_environment else None
        code = source.identity(self.code_version, self.code_identity)
        keys = JobKeys(sources, Parameters(specification), code, environment, self.contents)
        try:
            return keys.all_of(described)
        except InvalidInput as error:
            raise InvalidInput(f"{self.job}: {error}") from None


def nearest_record(parts: Parts, store: Store) -> tuple[str, Parts] | None:
    """Return the key and parts of the record that differs from a job in the fewest fields; None if none is near.

    Looked for among records of the same inputs first, then among those of the same `analysis_name`; of several as
    near as each other the newest.
    """
    spellings = [spelling for location in parts["inputs"] for spelling in (location, f"{location}/")]
    near = list(store.summaries(spellings)) or _of_same_name(parts, store)
    newest = sorted(near, key=lambda record: record.ended, reverse=True)[:MOST_COMPARED]
    states = _parts_of_states([record.id for record in newest], store)
    known = {record.id: states.get(record.id) or _parts_of_record(record) for record in newest}
    if not known:
        return None
    key = min(known, key=lambda key: len(differing_fields(compare_parts(parts, known[key]))))
    return key, known[key]


def _of_same_name(parts: Parts, store: Store) -> list[Summary]:
    name = parts["parameters"].get("analysis_name")
    return [
        record
        for record in store.summaries(None)
        if name is not None and record.parameters.get("analysis_name") == name
    ]
