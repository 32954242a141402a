"""A job that is done, opened again: what was published of it is kept aside, and is not mixed with what comes.

A launch has claimed the job; the claim says when it was `opened`. Then, in this order:

1. A note with record and state goes into the history. Where none may be written, nothing is changed.
2. The record goes. Until then the job is done, as it was; from now on any launch computes it.
3. The manifest goes, of which the bucket keeps a copy. While it is there, UPLOAD would keep the results of before: so
   who claims such a job next goes on (`end_openings`). Where it may not go, the record comes back, and the state.
"""

import json
from collections.abc import Mapping

from analysis_jobs.bucket.manifests import UnreadableManifest
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import JobState
from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged
from analysis_jobs.store.history import new_note, remember, set_aside
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import given_back


def open_again(
    claims: Mapping[str, JobState], before: Mapping[str, JobState], bucket: Bucket, store: Store, by: str
) -> dict[str, str]:
    """Take the records of jobs, and the manifests of their results, out of use.

    Parameters
    ----------
    claims
        By key the claims of this launch, each with `opened`.
    before
        By key the whole states that these claims have replaced.
    bucket, store
        Where the jobs are done.
    by
        Who opens them.

    Returns
    -------
    dict of str to str
        By key why a job could not be opened: it is done, as it was.
    """
    opened = {key: _opened(claim, before[key], bucket, store, by) for key, claim in claims.items()}
    why_not = {key: why for key, why in opened.items() if why}
    if why_not:
        store.claim([given_back(before[key]) for key in why_not], claims)
        what = "it could not be opened again"
        remember([new_note(key, "state given back", by, f"{what}: {why}") for key, why in why_not.items()], store)
    return why_not


def end_openings(claims: Mapping[str, JobState], bucket: Bucket) -> dict[str, str]:
    """Take results of before out of use, of jobs that were opened by a launch which did not get there.

    Returns
    -------
    dict of str to str
        By key why that could not be done, so that the job cannot be computed yet.
    """
    opened = {key: claim["opened"] for key, claim in claims.items() if "opened" in claim}
    return {key: why for key, since in opened.items() if (why := _without_results_of_before(key, since, bucket))}


def _opened(claim: JobState, before: JobState, bucket: Bucket, store: Store, by: str) -> str:
    """Return why a job is done still, if it is."""
    key = claim["key"]
    note = new_note(key, "opened again", by, "an input has changed since it was read")
    note["state"] = json.dumps(before)
    try:
        set_aside("record", note, store)
    except InvalidInput as error:
        return str(error)
    why = _without_results_of_before(key, claim["opened"], bucket)
    if why and (refused := store.insert([json.loads(note["record"])])):
        why += f"; nor did the store take its record back, which the next launch makes again: {refused[key]}"
    return why


def _without_results_of_before(key: str, opened: str, bucket: Bucket) -> str:
    """Set the manifest aside unless it was published since a job was opened; return why not, if it is there still."""
    try:
        manifest = bucket.manifest(key)
        if manifest is None or manifest.get("opened") == opened:
            return ""
        bucket.set_aside(key, MANIFEST, json.dumps(manifest))
        return "" if bucket.remove(key, [MANIFEST]) else "somebody is writing its results"
    except (UnreadableManifest, OSError) as error:
        return str(error)
    except Damaged:  # which no launch takes for results
        return ""
