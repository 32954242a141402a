"""What lists of very many jobs show of each: taken from its record and its state, with the values as JSON texts."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from analysis_jobs.documents import JobState, StateName
from analysis_jobs.records.read import process_of, summary_of

KNOWN_STATES = frozenset(get_args(StateName))


class Brief(NamedTuple):
    """A job in brief. Texts that are not known are None; values are JSON texts, which are alike in many jobs.

    Attributes
    ----------
    state
        As its state document says; None of a record without one.
    adopted
        The `_id` of the record that was declared to be this job's.
    launch
        The session that computed it, or that has claimed it.
    cause, type, message
        Of the error; without one, `message` is the reason of its state.
    subject, acquired
        Of the recording, as the state says it.
    assets, inputs, parameters, outputs
        Two lists, and two objects, as JSON.
    recorded
        Whether it has a record of its own.
    name
        Of the process in the record.
    """

    key: str
    state: str | None
    changed: str | None
    attempt: int | None
    started: str | None
    ended: str | None
    seconds: float | None
    expires: str | None
    code: str | None
    adopted: str | None
    launch: str | None
    cause: str | None
    type: str | None
    message: str | None
    subject: str | None
    acquired: str | None
    assets: str | None
    inputs: str | None
    parameters: str | None
    recorded: bool
    name: str | None
    outputs: str | None


def are_sound(briefs: Sequence[Brief]) -> bool:
    """Return whether briefs that a database has put together are of documents that can be used, as far as they show.

    They are looked at by columns, as there may be very many.
    """
    states = {(brief.state, type(brief.changed)) for brief in briefs if brief.state is not None}
    return (
        {type(brief.key) for brief in briefs} <= {str}
        and None not in {brief.recorded for brief in briefs}
        and all(state in KNOWN_STATES and kind is str for state, kind in states)
        and {type(brief.seconds) for brief in briefs} <= {int, float, type(None)}
        and {_begins(brief.assets) for brief in briefs} | {_begins(brief.inputs) for brief in briefs} <= {"[", None}
        and {_begins(brief.parameters) for brief in briefs} | {_begins(brief.outputs) for brief in briefs}
        <= {"{", None}
    )


def _begins(text: object) -> object:
    return text[:1] if type(text) is str else text


def briefs_of(
    states: Iterable[JobState], records: Iterable[Mapping[str, Any]], damaged: Container[str]
) -> Iterator[Brief]:
    """Yield the briefs of documents that are read, and checked; `damaged` has the keys of records that cannot be used.

    Of their jobs nothing is said: that they are done, or that their records are gone, would not be true.
    """
    by_key = {state["key"]: state for state in states}
    for record in records:
        yield _brief(record["_id"], record, by_key.pop(record["_id"], None))
    for key, state in by_key.items():
        if key not in damaged:
            yield _brief(key, None, state)


def _brief(key: str, record: Mapping[str, Any] | None, state: JobState | None) -> Brief:
    known: Mapping[str, Any] = state or {}
    parts, error = known.get("parts") or {}, known.get("error") or {}
    summary = summary_of(record) if record else None
    outputs = process_of(record).get("output_parameters") if record else None
    return Brief(
        key=key,
        recorded=record is not None,
        state=known.get("state"),
        changed=known.get("changed"),
        attempt=known.get("attempt"),
        started=known.get("started") or (summary.started if summary else None),
        ended=known.get("ended") or (summary.ended if summary else None),
        seconds=known.get("seconds"),
        expires=known.get("expires"),
        code=parts.get("code") or (summary.code_version if summary else None),
        name=summary.name if summary else None,
        adopted=(known.get("adopted") or {}).get("record"),
        launch=(known.get("owner") or {}).get("session"),
        cause=error.get("cause"),
        type=error.get("type"),
        message=error.get("message") or known.get("reason"),
        subject=known.get("subject"),
        acquired=known.get("acquired"),
        assets=_text(known.get("assets")),
        inputs=_text(known.get("locations") or parts.get("inputs") or (list(summary.inputs) if summary else None)),
        parameters=_text(parts.get("parameters") or (summary.parameters if summary else None)),
        outputs=_text(outputs),
    )


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"))
