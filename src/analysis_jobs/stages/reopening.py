"""A job that is done, opened again: what was published of it is kept aside, and is not mixed with what comes."""

import json

from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged
from analysis_jobs.store.history import new_note, set_aside
from analysis_jobs.store.protocol import Store


def open_again(key: str, store: Store, bucket: Bucket, by: str) -> None:
    """Take the record of a job, and the manifest of its results, out of use.

    The history of the store keeps the record, and the bucket the manifest. First the record: where the second step does
    not come, the next launch finds results that are whole, as they were.

    Raises
    ------
    InvalidInput
        If the store does not take a note, or does not remove the record.
    """
    try:
        set_aside("record", new_note(key, "opened again", by, "an input has changed since it was read"), store)
    except InvalidInput as error:
        raise InvalidInput(
            f"the job {key} could not be opened again: {error}; launch with --changed_inputs report"
        ) from None
    try:
        manifest = bucket.manifest(key)
    except Damaged:  # which no launch takes for results
        return
    if manifest:
        bucket.set_aside(key, MANIFEST, json.dumps(manifest))
        bucket.remove(key, [MANIFEST])
