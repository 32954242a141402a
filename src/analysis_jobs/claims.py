"""Claims: which run has a job in hand, until when, and whether that run still lives."""

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from analysis_jobs.store import JobState

# Every field that a state may have: a store that changes documents field by field removes those that are not set.
STATE_FIELDS = (
    "key", "state", "attempt", "revision", "changed", "parts", "owner", "expires", "reason", "error", "seconds",
    "location", "started", "ended", "adopted", "withdrawn", "released",
)  # fmt: skip


def process_identity(pid: int | None) -> str | None:
    """Return what tells a process from any other before and after it, or None where that cannot be seen.

    Two processes can be compared only where both are visible: on the same boot of a host, in the same
    namespace of process ids (so not from within a container). Linux only.
    """
    try:
        host = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = os.readlink("/proc/self/ns/pid")
        # The second field, the name, is in parentheses and may itself hold blanks.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status, started = fields[0], fields[19]
    except (OSError, IndexError):
        return None
    return None if status in "ZX" else f"{host} {namespace} {pid} {started}"


def launcher_identity(pid: int | None) -> str | None:
    """Return `process_identity` of the process that started this one, directly or not; None of any other.

    In a container the number of the process outside may be that of another one inside.
    """
    current = os.getpid()
    while pid and current:
        try:
            current = int(Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            return None
        if current == pid:
            return process_identity(pid)
    return None


def is_dead(identity: str | None) -> bool:
    """Return whether the process of an identity is known to have ended; False where it cannot be known."""
    here = process_identity(os.getpid())
    if not identity or not here or identity.split()[:2] != here.split()[:2]:
        return False
    pid = int(identity.split()[2])
    return process_identity(pid) != identity and not _is_hidden(pid)


def _is_hidden(pid: int) -> bool:
    # Some hosts (/proc mounted with hidepid) show nobody the processes of others.
    try:
        os.kill(pid, 0)
    except PermissionError:
        return not Path(f"/proc/{pid}").exists()
    except OSError:
        pass
    return False


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
