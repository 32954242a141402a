"""What the store knows of a key, as far as fsck compares it with the bucket."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from analysis_jobs.bucket.manifests import whole_manifest
from analysis_jobs.documents import JobState, Manifest
from analysis_jobs.records.build import analysis_code
from analysis_jobs.records.read import is_ours, process_of, summary_of
from analysis_jobs.shapes import Damaged
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import owner_of

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
        Digests of what the manifest says as well, by what it is: parameters, outputs, inputs and code.
    damaged
        Why the record cannot be used, if it is there and cannot.
    claimed
        Whether a launch has claimed the job, dead or not.
    opened
        Whether a record of it was set aside, so that it is computed again.
    """

    location: str = ""
    ours: bool = False
    document: str = ""
    analysed: Mapping[str, str] = field(default_factory=dict)
    damaged: str = ""
    claimed: bool = False
    opened: bool = False

    @property
    def recorded(self) -> bool:
        """Whether there is a record that can be used."""
        return bool(self.location)


def known_by(record: Mapping[str, Any], *, claimed: bool, opened: bool = False) -> Known:
    """Return what is known of a key by its record."""
    process = process_of(record)
    summary, code = summary_of(record), process.get("code") or {}
    location, ours = str(record.get("location") or ""), is_ours(summary)
    analysed = {
        "parameters": _digest(code.get("parameters")),
        "outputs": _digest(process.get("output_parameters")),
        "inputs": _digest(list(summary.inputs)),
        "code": _digest([code.get("version"), code.get("commit_hash")]),
    }
    return Known(location, ours, document_digest(record), analysed, claimed=claimed, opened=opened)


def known_now(key: str, store: Store) -> Known:
    """Return what the store knows of a key at this moment."""
    state = store.job_states([key]).get(key)
    claimed = state is not None and is_claim(state)
    opened = key in opened_keys(store, key)
    if record := store.records([key]).get(key):
        return known_by(record, claimed=claimed, opened=opened)
    # What was damaged when it was read last may have gone since
    damaged = store.damaged.records.get(key, "") if store.raw("record", key) else ""
    return Known(damaged=damaged, claimed=claimed, opened=opened)


def opened_keys(store: Store, prefix: str = "") -> set[str]:
    """Return the keys, among those that begin so, of which a record was ever set aside."""
    return {note["key"] for note in store.history(prefix) if note["act"] == "opened again"}


def launches_known(store: Store, states: Iterable[JobState]) -> set[str]:
    """Return the sessions of the launches that a store remembers, and of those that some of its job states name."""
    return {launch["session"] for launch in store.launches()} | {owner_of(state)["session"] for state in states}


def is_claim(state: JobState) -> bool:
    """Return whether a launch has claimed a job; also one that seems dead, as its tasks may live on."""
    return state["state"] == "pending" and datetime.fromisoformat(state["expires"]) > datetime.now(UTC)


def document_digest(record: Mapping[str, Any]) -> str:
    """Return a digest of what this pipeline writes into a record, and no database adds to or changes."""
    return _digest([record.get(name) for name in ("_id", "name", "location", "processing")])


def analysed_by(manifest: Manifest) -> dict[str, str]:
    """Return the digests of what a manifest says that its record does; one of an old version has not all of it.

    See `Known.analysed`.
    """
    known: Mapping[str, Any] = manifest
    digests = {}
    if (parameters := (known.get("parts") or {}).get("parameters")) is not None:
        digests["parameters"] = _digest(parameters)
    if (outputs := known.get("outputs")) is not None:
        digests["outputs"] = _digest(outputs)
    if can_be_recorded(manifest):
        code = analysis_code(manifest)
        digests["inputs"] = _digest([asset["url"] for asset in code["input_data"]])
        digests["code"] = _digest([code["version"], code["commit_hash"]])
    return digests


def can_be_recorded(manifest: Manifest) -> bool:
    """Return whether a manifest has all that a record is built from."""
    try:
        whole_manifest(manifest, manifest.get("key") or "", "")
    except Damaged:
        return False
    return True


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Return a value in one form, however a database has written its numbers and names."""
    if isinstance(value, Mapping):
        return {str(name).translate(_TWINS): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
