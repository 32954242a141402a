"""Job states: the documents of jobs that were ever claimed, and which launch has a claim now."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from analysis_jobs.store.processes import is_dead
from analysis_jobs.store.protocol import JobState

# Every field that a state may have: a store that changes documents field by field removes those that are not set.
STATE_FIELDS = (
    "key", "state", "attempt", "revision", "changed", "parts", "owner", "expires", "reason", "error", "seconds",
    "location", "started", "ended", "adopted", "withdrawn", "released",
)  # fmt: skip


def new_owner(session: str, process: str | None) -> dict[str, Any]:
    """Return the owner of a run's claims: its Nextflow session, and its process where it can be seen."""
    return {"session": session, "process": process}


def new_state(key: str, state: str, attempt: int, parts: Mapping[str, Any], **more: Any) -> JobState:
    """Return a state document of a job, with a revision of its own and the time."""
    return {
        "_id": key,
        "key": key,
        "state": state,
        "attempt": attempt,
        "revision": secrets.token_hex(8),
        "changed": datetime.now(UTC).isoformat(),
        "parts": dict(parts),
        **more,
    }


def pending(key: str, attempt: int, parts: Mapping[str, Any], owner: Mapping[str, Any], hours: float) -> JobState:
    """Return the state that claims a job for a run."""
    expires = datetime.now(UTC) + timedelta(hours=hours)
    return new_state(key, "pending", attempt, parts, owner=dict(owner), expires=expires.isoformat())


def held_by_another(state: JobState, session: str) -> str:
    """Return who has a job in hand, in words, or an empty text if this run may take it."""
    owner = state.get("owner") or {}
    if state["state"] != "pending" or owner.get("session") == session or is_dead(owner.get("process")):
        return ""
    if datetime.fromisoformat(state["expires"]) <= datetime.now(UTC):
        return ""
    return f"run {owner.get('session')} has it in hand since {state['changed']}; its claim ends {state['expires']}"
