"""What the store knows of a key, as far as fsck compares it with the bucket."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analysis_jobs.documents import JobState, Manifest
from analysis_jobs.records.read import is_ours, process_of, summary_of
from analysis_jobs.store.protocol import Store

# As DocDB keeps these in names of fields, which may also stand there by themselves
_TWINS = str.maketrans({"\uff0e": ".", "\uff04": "$"})


@dataclass(frozen=True)
class Known:
    """What the store has of a key.

    Attributes
    ----------
    location
        Of the record; empty without one.
    ours
        Whether this pipeline wrote the record.
    document
        A digest of what the file beside the results says as well.
    analysed
        A digest of parameters and outputs, which the manifest says as well.
    damaged
        Why the record cannot be used, if it is there and cannot.
    claimed
        Whether a launch has the job in hand, dead or not.
    """

    location: str = ""
    ours: bool = False
    document: str = ""
    analysed: str = ""
    damaged: str = ""
    claimed: bool = False

    @property
    def recorded(self) -> bool:
        """Whether there is a record that can be used."""
        return bool(self.location)


def known_by(record: Mapping[str, Any], *, claimed: bool) -> Known:
    """Return what is known of a key by its record."""
    process = process_of(record)
    parameters = (process.get("code") or {}).get("parameters")
    location, ours = str(record.get("location") or ""), is_ours(summary_of(record))
    analysed = _digest([parameters, process.get("output_parameters")])
    return Known(location, ours, document_digest(record), analysed, claimed=claimed)


def known_now(key: str, store: Store) -> Known:
    """Return what the store knows of a key at this moment."""
    state = store.job_states([key]).get(key)
    claimed = state is not None and is_claim(state)
    if record := store.records([key]).get(key):
        return known_by(record, claimed=claimed)
    # What was damaged when it was read last may have gone since
    damaged = store.damaged.records.get(key, "") if store.raw("record", key) else ""
    return Known(damaged=damaged, claimed=claimed)


def is_claim(state: JobState) -> bool:
    """Return whether a launch has claimed a job; also one that seems dead, as its tasks may live on."""
    return state["state"] == "pending" and datetime.fromisoformat(state["expires"]) > datetime.now(UTC)


def document_digest(record: Mapping[str, Any]) -> str:
    """Return a digest of what this pipeline writes into a record, and no database adds to or changes."""
    return _digest([record.get(name) for name in ("_id", "name", "location", "processing")])


def manifest_digest(manifest: Manifest) -> str:
    """Return the digest of parameters and outputs; empty where a manifest, as one of an old version, has not both."""
    known: Mapping[str, Any] = manifest
    parts, outputs = known.get("parts") or {}, known.get("outputs")
    if outputs is None or parts.get("parameters") is None:
        return ""
    return _digest([parts["parameters"], outputs])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Return a value in one form, however a database has written its numbers and names."""
    if isinstance(value, Mapping):
        return {str(name).translate(_TWINS): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
