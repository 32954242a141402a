"""Declaring results of other code valid for the present code, and taking that back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from analysis_jobs.documents import Decision, HistoryNote, JobState, Parts
from analysis_jobs.store.history import new_note, remember
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import held_by_another, new_state


def adopt(decisions: Iterable[Decision], store: Store, by: str, why: str) -> tuple[list[str], dict[str, str]]:
    """Let jobs count as done by the newest result that other code has of them.

    The record and its files stay as they are; only the state of the job under its present key says it.

    Parameters
    ----------
    decisions
        Lines of ``decisions.jsonl``; those without `older` records are left alone.
    store
        Gets the job states.
    by, why
        Who declares it, and the reason; kept in the job state.

    Returns
    -------
    adopted : list of str
        Keys.
    refused : dict of str to str
        By key why not: the job is running elsewhere, or was changed meanwhile.
    """
    wanted = {decision["key"]: decision for decision in decisions if decision.get("older")}
    seen = store.job_states(list(wanted))
    refused = {key: holder for key, state in seen.items() if (holder := held_by_another(state, ""))}
    refused |= {key: store.damaged.states[key] for key in wanted if key in store.damaged.states}
    states = [
        adoption(key, decision["parts"], decision["older"][0], by, why)
        for key, decision in wanted.items()
        if key not in refused
    ]
    notes = [new_note(each["key"], "adopted", by, f"record {each['adopted']['record']}: {why}") for each in states]
    return _write(states, seen, store, refused, notes)


def adoption(key: str, parts: Parts, record: str, by: str, why: str) -> JobState:
    """Return the state of a job that counts as done by a record of other code."""
    when = datetime.now(UTC).isoformat()
    return new_state(key, "done", 1, parts, adopted={"record": record, "by": by, "why": why, "when": when})


def withdraw(keys: Iterable[str], store: Store, by: str, why: str) -> tuple[list[str], dict[str, str]]:
    """Take adoptions back, so that the next launch runs the jobs; see `adopt`. Other keys are left alone."""
    seen = {key: state for key, state in store.job_states(list(keys), whole=True).items() if state.get("adopted")}
    when = datetime.now(UTC).isoformat()
    states = [
        new_state(
            key, "withdrawn", 1, state["parts"],
            withdrawn={"record": state["adopted"]["record"], "by": by, "why": why, "when": when},
        )
        for key, state in seen.items()
    ]  # fmt: skip
    records = {key: state["adopted"]["record"] for key, state in seen.items()}
    notes = [new_note(key, "withdrawn", by, f"record {record}: {why}") for key, record in records.items()]
    return _write(states, seen, store, {}, notes)


def _write(
    states: list[JobState],
    seen: Mapping[str, JobState],
    store: Store,
    refused: dict[str, str],
    notes: Iterable[HistoryNote],
) -> tuple[list[str], dict[str, str]]:
    written = store.claim(states, seen)
    remember([note for note in notes if note["key"] in written], store)
    late = {state["key"]: "its state changed meanwhile; try again" for state in states if state["key"] not in written}
    return sorted(written), refused | late
