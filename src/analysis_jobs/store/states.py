"""Job states: the documents of jobs that were ever claimed, and which launch has a claim now."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Unpack

from analysis_jobs.documents import JobState, Owner, Parts, StateDetails, StateName
from analysis_jobs.store.processes import is_dead

# Every field that a state may have: a store that changes documents field by field removes those that are not set.
STATE_FIELDS = (
    "key", "state", "attempt", "revision", "changed", "parts", "owner", "expires", "reason", "error", "seconds",
    "location", "started", "ended", "adopted", "withdrawn", "released",
)  # fmt: skip


def new_owner(session: str, process: str | None) -> Owner:
    """Return the owner of a run's claims: its Nextflow session, and its process where it can be seen."""
    return {"session": session, "process": process}


def owner_of(state: JobState) -> Owner:
    """Return who has, or had, a claim: nobody's name is empty."""
    return state.get("owner") or {"session": "", "process": None}


def new_state(key: str, state: StateName, attempt: int, parts: Parts, **more: Unpack[StateDetails]) -> JobState:
    """Return a state document of a job, with a revision of its own and the time."""
    return {
        "_id": key,
        "key": key,
        "state": state,
        "attempt": attempt,
        "revision": secrets.token_hex(8),
        "changed": datetime.now(UTC).isoformat(),
        "parts": parts,
        **more,
    }


def pending(key: str, attempt: int, parts: Parts, owner: Owner, hours: float) -> JobState:
    """Return the state that claims a job for a run."""
    expires = datetime.now(UTC) + timedelta(hours=hours)
    return new_state(key, "pending", attempt, parts, owner=owner, expires=expires.isoformat())


def held_by_another(state: JobState, session: str) -> str:
    """Return who has a job in hand, in words, or an empty text if this run may take it."""
    owner = owner_of(state)
    if state["state"] != "pending" or owner["session"] == session or is_dead(owner["process"]):
        return ""
    if datetime.fromisoformat(state["expires"]) <= datetime.now(UTC):
        return ""
    return f"run {owner['session']} has it in hand since {state['changed']}; its claim ends {state['expires']}"
