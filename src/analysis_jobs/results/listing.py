"""A line for each job that a store knows, done or not, and which of them are wanted."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.key import job_key, normalized_inputs, same_value
from analysis_jobs.records.read import Summary, summary_of
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import error_text, shown

# As the store has them, but for two: `expired`, a claim whose time is over, and `removed`, a job that was done and
# whose record is gone. The view `jobs` of the SQLite store says the same in SQL.
StateName = Literal["done", "empty", "failed", "pending", "expired", "removed", "withdrawn"]
_NOTHING = object()


@dataclass(frozen=True)
class JobLine:
    """What a store knows of a job, in brief.

    Attributes
    ----------
    name, tag
        The parameters `analysis_name` and `analysis_tag`; without the first, the name of the process in the record.
    started, ended
        Of the analysis, ISO 8601; None where it did not come to that.
    changed
        When it ended, else when its state changed.
    seconds
        Wall time of the analysis.
    inputs
        What was analysed.
    locations
        All that the job is known by: of recordings also the assets that they are in.
    message
        Why it failed or is empty.
    """

    key: str
    state: StateName
    name: str
    tag: str
    started: str | None
    ended: str | None
    changed: str
    seconds: float | None
    attempt: int | None
    inputs: tuple[str, ...]
    locations: tuple[str, ...]
    parameters: Mapping[str, Any]
    code: str
    location: str | None
    error: Mapping[str, Any] | None
    message: str


@dataclass(frozen=True)
class Wanted:
    """Which jobs are wanted; what is empty or None is not asked for.

    Attributes
    ----------
    parameters
        Texts, each a JSON value or a text as it is, by name; with dots for what is in objects.
    inputs
        Parts of locations, each of which is in one of a job's.
    since, until
        Times with a zone, both included, that `JobLine.changed` is between.
    latest
        Only the newest result for each set of inputs and parameters.
    limit
        Only the first ones.
    """

    name: str | None = None
    tag: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    states: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    latest: bool = False
    limit: int | None = None


def job_lines(store: Store) -> list[JobLine]:
    """Return a line for each job that has a record or a state, the newest first."""
    records = {one.id: one for one in store.summaries(None)}
    states = {one["key"]: one for one in store.states(brief=True)}
    adopted = {key: name for key, one in states.items() if (name := one.get("adopted", {}).get("record")) in records}
    lines = [
        _line(key, records.get(key) or records.get(adopted.get(key, "")), states.get(key)) for key in records | states
    ]
    return sorted(lines, key=lambda line: (-_seconds_of(line.changed), line.key))


def _line(key: str, record: Summary | None, state: JobState | None) -> JobLine:
    state = state or cast(JobState, {})  # of a record whose state is gone
    parts, error = state.get("parts") or {}, state.get("error")
    parameters = record.parameters if record else parts.get("parameters") or {}
    locations = tuple(normalized_inputs(record.inputs if record else parts.get("inputs") or ()))
    started, ended = (record.started, record.ended) if record else (state.get("started"), state.get("ended"))
    return JobLine(
        key=key,
        state=_state(record, state),
        name=str(parameters.get("analysis_name") or (record.name if record else "")),
        tag=_text(parameters.get("analysis_tag")),
        started=started or None,
        ended=ended or None,
        changed=ended or state.get("changed") or "",
        seconds=_seconds(state, started, ended),
        attempt=state.get("attempt"),
        inputs=tuple(parts.get("inputs") or locations),
        locations=tuple(dict.fromkeys([*(parts.get("inputs") or ()), *locations])),
        parameters=parameters,
        code=parts.get("code") or (record.code_version if record else ""),
        location=(record.location if record else state.get("location")) or None,
        error=error,
        message=error_text(error) if error else _reason(state),
    )


def line_of(key: str, record: Mapping[str, Any] | None, state: JobState | None) -> JobLine:
    """Return the line of one job, of which the whole record or state is at hand."""
    return _line(key, summary_of(record) if record else None, state)


def _state(record: Summary | None, state: JobState) -> StateName:
    if record:
        return "done"
    found: StateName = state["state"]
    if found == "done":
        return "removed"
    return "expired" if found == "pending" and state.get("expires", "") <= datetime.now(UTC).isoformat() else found


def _reason(state: JobState) -> str:
    if adopted := state.get("adopted"):
        return f"adopted: record {adopted['record']}, by {adopted['by']}: {adopted['why']}"
    return str(state.get("reason") or "")


def _seconds(state: JobState, started: str | None, ended: str | None) -> float | None:
    if state.get("seconds") is not None:
        return float(state["seconds"])
    return round(_seconds_of(ended) - _seconds_of(started), 3) if started and ended else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def chosen(lines: Iterable[JobLine], wanted: Wanted) -> list[JobLine]:
    """Return those lines, in their order, that are wanted."""
    found = [line for line in lines if _is_wanted(line, wanted)]
    if wanted.latest:
        found = list(_latest(found))
    return found[: wanted.limit]


def _is_wanted(line: JobLine, wanted: Wanted) -> bool:
    when = _time(line.changed)
    return (
        wanted.name in (None, line.name)
        and wanted.tag in (None, line.tag)
        and (not wanted.states or line.state in wanted.states)
        and (not wanted.since or (when is not None and when >= wanted.since))
        and (not wanted.until or (when is not None and when <= wanted.until))
        and all(any(part in location for location in line.locations) for part in wanted.inputs)
        and all(_has(line.parameters, name, text) for name, text in wanted.parameters.items())
    )


def _has(parameters: Mapping[str, Any], name: str, text: str) -> bool:
    value = _value_at(parameters, name)
    if isinstance(value, str) or value is _NOTHING:
        return value == text
    try:
        return same_value(value, json.loads(text))
    except ValueError:  # a text, which this value is not, or NaN, which none is
        return False


def _value_at(values: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name, with dots for what is in objects; `_NOTHING`, equal to none, if it is not there."""
    if name in values:
        return values[name]
    for dot in (place for place, character in enumerate(name) if character == "."):
        inside = values.get(name[:dot])
        if isinstance(inside, Mapping) and (found := _value_at(inside, name[dot + 1 :])) is not _NOTHING:
            return found
    return _NOTHING


def _latest(lines: Iterable[JobLine]) -> Iterator[JobLine]:
    seen = set()
    for line in lines:
        meaning = job_key({"inputs": sorted(line.locations), "parameters": line.parameters})
        if line.state == "done" and meaning not in seen:
            seen.add(meaning)
            yield line


def parse_time(text: str, option: str, *, end: bool = False) -> datetime:
    """Return the time that a text names in ISO 8601, in UTC where it has no zone.

    Parameters
    ----------
    text
        Such as ``2026-01-31``, ``2026-01-31T14:00`` or ``2026-01-31 14:00:00+01:00``.
    option
        What messages call it.
    end
        Of a date without a time, the end of that day, not its start.

    Raises
    ------
    InvalidInput
        If it names none.
    """
    when = _time(text)
    if when is None:
        raise InvalidInput(f"{option} is {shown(text)}; give a date such as 2026-01-31, or 2026-01-31T14:00 (UTC)")
    is_date = len(text.strip()) <= len("2026-01-31")
    return when + timedelta(days=1, microseconds=-1) if end and is_date else when


def _time(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _seconds_of(text: str | None) -> float:
    when = _time(text or "")
    return when.timestamp() if when else 0.0
