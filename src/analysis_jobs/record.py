"""Settle the jobs of a group: a record for those that are done, a job state for all."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from analysis_jobs.bucket import Bucket
from analysis_jobs.claims import new_state
from analysis_jobs.outcome import RECORD_FILE, Outcome, infrastructure_error
from analysis_jobs.records import Record, build_record
from analysis_jobs.store import JobState, Store

log = logging.getLogger(__name__)


def record_group(outcomes: Iterable[Outcome], bucket: Bucket, store: Store, owner: Mapping[str, Any]) -> list[Outcome]:
    """Record the published jobs of a group and settle the state of all.

    Parameters
    ----------
    outcomes
        What UPLOAD said of each job.
    bucket
        Gets the record beside the results, as ``metadata.nd.json``.
    store
        Gets the records first; only then are job states settled.
    owner
        The run, as in its claims.

    Returns
    -------
    list of dict
        The outcomes, failed where a record could not be built or put. One job's trouble is that job's alone.
    """
    records: list[Record] = []
    settled = [_record(outcome, bucket, records) for outcome in outcomes]
    store.insert(records)
    store.settle([_state(outcome, owner) for outcome in settled], str(owner["session"]))
    return settled


def preview_records(outcomes: Iterable[Outcome]) -> list[Record]:
    """Return the records that `record_group` would write, and write nothing."""
    return [build_record(outcome) for outcome in outcomes if outcome["state"] == "done"]


def _record(outcome: Outcome, bucket: Bucket, records: list[Record]) -> Outcome:
    if outcome["state"] != "done":
        return outcome
    try:
        record = build_record(outcome)
        bucket.put(outcome["key"], RECORD_FILE, json.dumps(record, indent=2).encode())
    except Exception as error:
        log.exception("job %s could not be recorded", outcome["key"])
        message = f"the record could not be written: {error}; see the log of the RECORD task, then launch again"
        said = infrastructure_error("record", type(error).__name__, message)
        return {**outcome, "state": "failed", "error": said}
    records.append(record)
    return outcome


def _state(outcome: Outcome, owner: Mapping[str, Any]) -> JobState:
    kept = ("reason", "error", "seconds", "location", "started", "ended")
    more = {name: outcome[name] for name in kept if name in outcome}
    return new_state(outcome["key"], outcome["state"], outcome["attempt"], outcome["parts"], owner=dict(owner), **more)
