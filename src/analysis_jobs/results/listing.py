"""A line for each job that a store knows, done or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from analysis_jobs.documents import JobState, Parts
from analysis_jobs.jobs.key import normalized_inputs
from analysis_jobs.records.read import Summary, summary_of
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import error_text

# As the store has them, but for two: `expired`, a claim whose time is over, and `removed`, a job that was done and
# whose record is gone. The view `jobs` of the SQLite store says the same in SQL.
ListedState = Literal["done", "empty", "failed", "pending", "expired", "removed", "withdrawn"]


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
    record
        The record that it has, of its own or by adoption.
    """

    key: str
    state: ListedState
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
    record: Summary | None


def job_lines(store: Store) -> list[JobLine]:
    """Return a line for each job that has a record or a state; see `analysis_jobs.results.choice.chosen`."""
    records = {record.id: record for record in store.summaries(None)}
    states = {state["key"]: state for state in store.states(brief=True)}
    return [
        _line(key, records.get(key) or records.get(adopted_record(states.get(key))), states.get(key))
        for key in records | states
        if key not in store.damaged.records
    ]


def adopted_record(state: JobState | None) -> str:
    """Return the `_id` of the record that `adopt` declared to be a job's; an empty text if there is none."""
    return state["adopted"]["record"] if state and "adopted" in state else ""


def _line(key: str, record: Summary | None, state: JobState | None) -> JobLine:
    state = state or cast(JobState, {})  # of a record whose state is gone
    parts, error = state.get("parts") or cast(Parts, {}), state.get("error")
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
        record=record,
    )


def line_of(key: str, record: Mapping[str, Any] | None, state: JobState | None) -> JobLine:
    """Return the line of one job, of which the whole record or state is at hand."""
    return _line(key, summary_of(record) if record else None, state)


def _state(record: Summary | None, state: JobState) -> ListedState:
    if record:
        return "done"
    name: ListedState = state["state"]
    if name == "done":
        return "removed"
    return "expired" if name == "pending" and state.get("expires", "") <= datetime.now(UTC).isoformat() else name


def _reason(state: JobState) -> str:
    if adopted := state.get("adopted"):
        return f"adopted: record {adopted['record']}, by {adopted['by']}: {adopted['why']}"
    return str(state.get("reason") or "")


def _seconds(state: JobState, started: str | None, ended: str | None) -> float | None:
    if state.get("seconds") is not None:
        return float(state["seconds"])
    return round(seconds_of(ended) - seconds_of(started), 3) if started and ended else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)
