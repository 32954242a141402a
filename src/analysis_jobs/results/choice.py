"""Which jobs are wanted, and which result is the newest of its inputs and parameters: for commands and notebooks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analysis_jobs.jobs.key import job_key, normalized_inputs, same_value
from analysis_jobs.records.read import Summary
from analysis_jobs.records.wanted import Wanted
from analysis_jobs.results.listing import JobLine
from analysis_jobs.results.times import seconds_of, time_of

_NOTHING = object()


def chosen(lines: Iterable[JobLine], wanted: Wanted) -> list[JobLine]:
    """Return the lines that are wanted, the newest first; of the same age, in the order of their keys."""
    return chosen_and_replaced(lines, wanted)[0]


def chosen_and_replaced(lines: Iterable[JobLine], wanted: Wanted) -> tuple[list[JobLine], int]:
    """Return the lines that are wanted, as `chosen` does, and how many results are left out as newer ones replace them.

    The second is 0 unless only the latest are wanted. A result that several jobs have adopted counts once.
    """
    fitting = sorted((line for line in lines if is_wanted(line, wanted)), key=_newest_first)
    if not wanted.latest:
        return fitting[: wanted.limit], 0
    latest = list(_latest(fitting))
    return latest[: wanted.limit], len(_results(fitting)) - len(_results(latest))


def replaced_results(lines: Iterable[JobLine]) -> set[str]:
    """Return the ids of the results, of some, that a newer one of the same inputs and parameters replaces."""
    ordered = sorted(lines, key=_newest_first)
    return _results(ordered) - _results(_latest(ordered))


def _results(lines: Iterable[JobLine]) -> set[str]:
    return {line.record.id for line in lines if line.record}


def is_wanted(line: JobLine, wanted: Wanted) -> bool:
    """Return whether a job has all that is asked for; whether others are newer, only `chosen` can say."""
    return (
        wanted.name in (None, line.name)
        and wanted.tag in (None, line.tag)
        and _has_code(line.record, wanted)
        and (not wanted.states or line.state in wanted.states)
        and (not wanted.launches or line.launch.startswith(tuple(wanted.launches)))
        and _is_between(line.changed, wanted)
        and (not wanted.inputs or set(normalized_inputs(wanted.inputs)) <= set(line.locations))
        and all(any(text in location for location in line.locations) for text in wanted.input_texts)
        and all(_has_value(line.parameters, name, values) for name, values in wanted.parameters.items())
    )


def _newest_first(line: JobLine) -> tuple[float, str]:
    return -seconds_of(line.changed), line.key


def _has_code(record: Summary | None, wanted: Wanted) -> bool:
    if record is None:
        return wanted.code_url is None and wanted.code_version is None
    return wanted.code_url in (None, record.code_url) and wanted.code_version in (None, record.code_version)


def _is_between(changed: str, wanted: Wanted) -> bool:
    if wanted.since is None and wanted.until is None:
        return True
    when = time_of(changed)
    return (
        when is not None
        and (wanted.since is None or when >= wanted.since)
        and (wanted.until is None or when <= wanted.until)
    )


def _has_value(parameters: Mapping[str, Any], name: str, values: Sequence[Any]) -> bool:
    value = _value_at(parameters, name)
    return value is not _NOTHING and any(same_value(value, allowed) for allowed in values)


def _value_at(values: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name, with dots for what is in objects; `_NOTHING` if it is not there."""
    if name in values:
        return values[name]
    for dot in (place for place, character in enumerate(name) if character == "."):
        inside = values.get(name[:dot])
        if isinstance(inside, Mapping) and (value := _value_at(inside, name[dot + 1 :])) is not _NOTHING:
            return value
    return _NOTHING


def _latest(lines: Iterable[JobLine]) -> Iterator[JobLine]:
    """Yield, of lines with the newest first, the first result of each analysis, inputs and parameters.

    By what the record says, which a store without job states has too. Of what names no inputs nobody knows whether a
    newer one replaces it.
    """
    seen = set()
    for line in lines:
        if line.record and (meaning := meaning_of(line.record)) not in seen:
            seen.add(meaning)
            yield line


def meaning_of(record: Summary) -> str:
    """Return what is the same for results of which a newer one replaces the others: analysis, inputs, parameters."""
    if not record.inputs:
        return record.id
    inputs = sorted(set(normalized_inputs(record.inputs)))
    name = str(record.parameters.get("analysis_name") or record.name)
    return job_key({"name": name, "inputs": inputs, "parameters": record.parameters})
