"""Settle the jobs of a group: a record for those that are done, a job state for all."""

import json
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from analysis_jobs.bucket.names import RECORD_FILE
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import JobState, Outcome, Owner, StateDetails
from analysis_jobs.errors import ServiceUnavailable, no_room
from analysis_jobs.jobs.labels import name_in_log
from analysis_jobs.jobs.outcome import infrastructure_error, published_outcome
from analysis_jobs.records.build import Record, build_record
from analysis_jobs.records.schema import empty_metadata
from analysis_jobs.retries import timed
from analysis_jobs.stages.files import states_line
from analysis_jobs.stages.state_details import details_in_state
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state

# Small files put at once; each waits for the network.
RECORD_THREADS = 8
# What a job state keeps of an outcome
KEPT = ("reason", "error", "seconds", "location", "started", "ended", "inputs_read", "opened", "asked")

log = logging.getLogger(__name__)


def record_group(outcomes: Iterable[Outcome], bucket: Bucket, store: Store, owner: Owner) -> list[Outcome]:
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
    with timed(log.info, "record the jobs of a group") as came:
        settled = _settled(list(outcomes), bucket, store, owner)
        came.append(states_line(settled))
    return settled


def _settled(outcomes: list[Outcome], bucket: Bucket, store: Store, owner: Owner) -> list[Outcome]:
    if any(outcome["state"] == "done" for outcome in outcomes):
        empty_metadata()  # kept from now on: it parses a source file, which threads at once make Python 3.11 fail at
    with ThreadPoolExecutor(RECORD_THREADS) as threads:
        recorded = list(threads.map(lambda outcome: _record(outcome, bucket), outcomes))
    refused = store.insert([record for _, record in recorded if record])
    settled = [_refused(outcome, refused) for outcome, _ in recorded]
    unsettled = store.settle([_state(outcome, owner) for outcome in settled], owner["session"])
    return [_refused(outcome, unsettled) for outcome in settled]


def preview_records(outcomes: Iterable[Outcome]) -> list[Record]:
    """Return the records that `record_group` would write, and write nothing."""
    return [build_record(published) for outcome in outcomes if (published := published_outcome(outcome))]


def _record(outcome: Outcome, bucket: Bucket) -> tuple[Outcome, Record | None]:
    published = published_outcome(outcome)
    if published is None:
        return outcome, None
    try:
        record = build_record(published)
        bucket.put(published["location"], RECORD_FILE, json.dumps(record, indent=2).encode())
    except ServiceUnavailable:
        raise  # no job's trouble: the whole task is tried again
    except Exception as error:
        if why := no_room(error):  # nor is this one's
            raise ServiceUnavailable(f"the bucket {bucket.location('')} could not be written, as {why}") from None
        log.exception("job %s could not be recorded", name_in_log(outcome))
        return _failed(outcome, type(error).__name__, str(error)), None
    return outcome, record


def _refused(outcome: Outcome, refused: Mapping[str, str]) -> Outcome:
    reason = refused.get(outcome["key"])
    return _failed(outcome, "RefusedByStore", reason) if reason else outcome


def _failed(outcome: Outcome, kind: str, reason: str) -> Outcome:
    message = f"the record could not be written: {reason}; see the log of the RECORD task, then launch again"
    return {**outcome, "state": "failed", "error": infrastructure_error("record", kind, message)}


def _state(outcome: Outcome, owner: Owner) -> JobState:
    kept = {name: value for name, value in outcome.items() if name in KEPT}
    details = cast(StateDetails, {**kept, **details_in_state(outcome["job"], outcome["parts"]), "owner": owner})
    return new_state(outcome["key"], outcome["state"], outcome["attempt"], outcome["parts"], **details)
