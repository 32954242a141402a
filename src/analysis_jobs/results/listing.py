"""A line for each job that a store knows, done or not."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast

from analysis_jobs.documents import JobState, Parts
from analysis_jobs.jobs.key import normalized_inputs
from analysis_jobs.jobs.labels import Labelling, Named
from analysis_jobs.records.acquisition import acquisition_in
from analysis_jobs.records.read import Summary, summary_of
from analysis_jobs.results.times import seconds_of
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import owner_of
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
    launch
        The session of the launch that computed it, or that has claimed it now; an empty text where nobody knows.
    record
        The record that it has, of its own or by adoption.
    assets
        Names of the data assets, where they are known.
    subject, acquired
        Whose the recording is, and when it was acquired (ISO 8601); empty where that is not known.
    label
        What people call the job among those that it was given its label with; see `labelled_lines`.
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
    launch: str
    record: Summary | None
    assets: tuple[str, ...] = ()
    subject: str = ""
    acquired: str = ""
    label: str = ""


def job_lines(store: Store) -> list[JobLine]:
    """Return a line for each job that has a record or a state; see `analysis_jobs.results.choice.chosen`."""
    records = {record.id: record for record in store.summaries(None)}
    states = {state["key"]: state for state in store.states(brief=True)}
    return lines_from(records, states, store.damaged.records)


def lines_from(
    records: Mapping[str, Summary], states: Mapping[str, JobState], damaged: Container[str]
) -> list[JobLine]:
    """Return a line for each job of these records and states, by key; not for those whose record is damaged."""
    return [
        _line(key, records.get(key) or records.get(adopted_record(states.get(key))), states.get(key))
        for key in {**records, **states}
        if key not in damaged
    ]


def labelled_lines(lines: Sequence[JobLine], among: Sequence[JobLine] = ()) -> list[JobLine]:
    """Return lines with the labels that they have among more, which hold them, or among each other.

    The jobs of each analysis have theirs by themselves.
    """
    of_analysis: dict[str, Labelling] = defaultdict(Labelling)
    for line in (among or lines) if lines else ():
        of_analysis[line.name].see(_named(line))
    return [replace(line, label=of_analysis[line.name].label(_named(line))) for line in lines]


def _named(line: JobLine) -> Named:
    return Named(line.inputs, line.assets, line.parameters, line.code)


def adopted_record(state: JobState | None) -> str:
    """Return the `_id` of the record that `adopt` declared to be a job's; an empty text if there is none."""
    return state["adopted"]["record"] if state and "adopted" in state else ""


def documents_of(key: str, store: Store) -> tuple[dict[str, Any] | None, JobState | None]:
    """Return the record that a job has, or was declared to have by `adopt`, and its state.

    Raises
    ------
    InvalidInput
        If the record is damaged, or without a record the state.
    """
    state = store.job_states([key], whole=True).get(key)
    adopted = adopted_record(state)
    records = store.records([key, adopted] if adopted else [key])
    record = records.get(key) or records.get(adopted)
    if record is None:
        store.damaged.refuse(key)
    return record, state


def _line(key: str, record: Summary | None, state: JobState | None) -> JobLine:
    state = state or cast(JobState, {})  # of a record whose state is gone
    parts, error = state.get("parts") or cast(Parts, {}), state.get("error")
    parameters = record.parameters if record else parts.get("parameters") or {}
    inputs = state.get("locations") or parts.get("inputs") or []
    locations = tuple(normalized_inputs(record.inputs if record else inputs))
    assets = tuple(state.get("assets") or (record.assets if record else ()))
    by_name = record.acquisition if record else acquisition_in(assets, locations)
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
        inputs=tuple(inputs or locations),
        locations=tuple(dict.fromkeys([*inputs, *locations])),
        parameters=parameters,
        code=parts.get("code") or (record.code_version if record else ""),
        location=(record.location if record else state.get("location")) or None,
        error=error,
        message=error_text(error) if error else _reason(state),
        launch=owner_of(state)["session"],
        record=record,
        assets=assets,
        subject=state.get("subject") or by_name.subject,
        acquired=state.get("acquired") or by_name.acquired,
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
