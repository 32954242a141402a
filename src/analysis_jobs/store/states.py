"""Job states: the documents of jobs that were ever claimed, and which launch has a claim now."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack, cast

from analysis_jobs.documents import (
    JobError,
    JobState,
    Owner,
    Parts,
    PendingDetails,
    StateDetails,
    StateName,
)
from analysis_jobs.shapes import Damaged, misshapen, no_json
from analysis_jobs.store.processes import NOTHING_SEEN, Launcher, is_dead
from analysis_jobs.wording import to_the_second

# Every field that a state may have: a store that changes documents field by field removes those that are not set.
STATE_FIELDS = (
    "key", "state", "attempt", "revision", "changed", "parts", "owner", "expires", "reason", "error", "seconds",
    "location", "started", "ended", "adopted", "withdrawn", "released", "forgotten", "assets", "subject", "acquired",
    "inputs_read", "locations", "opened", "asked",
)  # fmt: skip

# What a state must have beside what every one has
_OF_STATE = {"pending": "expires", "failed": "error", "empty": "reason", "withdrawn": "withdrawn"}
_OF_ERROR = ("stage", "cause", "message")


def checked_state(document: Any, key: str, *, whole: bool = True) -> JobState:
    """Return a job state as it was read, having seen that all that is read of it is there.

    Parameters
    ----------
    document
        The JSON value. What is null of it is as if it were not there; of its `parts` some may be missing.
    key
        Whose state it is.
    whole
        Whether it must have `parts`.

    Raises
    ------
    Damaged
        If it is none; says in a few words why not.
    """
    if isinstance(document, dict):
        document = {name: value for name, value in document.items() if value is not None}
    if wrong := misshapen(document, JobState, (Parts, JobError)) or _inconsistent(document, key):
        raise Damaged(wrong)
    if whole and "parts" not in document:
        raise Damaged("it has no parts")
    return cast(JobState, document)


def _inconsistent(state: JobState, key: str) -> str:
    if state["key"] != key or state["_id"] != key:
        return "it belongs to another key"
    if state["attempt"] < 0:
        return "attempt is negative"
    if (needed := _OF_STATE.get(state["state"])) and needed not in state:
        return f"it is {state['state']} and has no {needed}"
    if "error" in state and (missing := [name for name in _OF_ERROR if state["error"].get(name) is None]):
        return f"error has no {missing[0]}"
    if unlike := no_json(state.get("parts")):
        return f"parts {unlike}"
    return "" if "expires" not in state or is_time(state["expires"]) else "expires is not a time with a zone"


def is_time(text: str) -> bool:
    """Return whether a text is a time with a zone, ISO 8601."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


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


def carried_on(state: PendingDetails) -> PendingDetails:
    """Return what a state says that the next claim of its job is to say as well."""
    names = PendingDetails.__annotations__
    return cast(PendingDetails, {name: value for name, value in state.items() if name in names})


def given_back(state: JobState) -> JobState:
    """Return a state as it was before somebody changed it, with a revision of its own."""
    return {**state, "revision": secrets.token_hex(8)}


def pending(
    key: str, attempt: int, parts: Parts, owner: Owner, hours: float, **more: Unpack[PendingDetails]
) -> JobState:
    """Return the state that claims a job for a run."""
    expires = datetime.now(UTC) + timedelta(hours=hours)
    return new_state(key, "pending", attempt, parts, owner=owner, expires=expires.isoformat(), **more)


def held_by_another(state: JobState, session: str, launcher: Launcher = NOTHING_SEEN) -> str:
    """Return which run has claimed a job, in words, or an empty text if this run, of that launcher, may take it."""
    owner = owner_of(state)
    if state["state"] != "pending" or owner["session"] == session or is_dead(owner["process"], launcher):
        return ""
    if datetime.fromisoformat(state["expires"]) <= datetime.now(UTC):
        return ""
    since, until = to_the_second(state["changed"]), to_the_second(state["expires"])
    if "forgotten" in state:
        return f"{state['forgotten']['by']} is removing it since {since}; the claim ends {until}"
    return f"run {owner['session']} has been running it since {since}; its claim ends {until}"
