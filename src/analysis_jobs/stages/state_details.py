"""What people know a job by, as its state says it."""

from analysis_jobs.documents import JobDocument, Parts, RecordingDetails
from analysis_jobs.jobs.addresses import input_locations
from analysis_jobs.jobs.key import is_of_content, normalized_inputs
from analysis_jobs.records.acquisition import recording_details


def details_in_state(job: JobDocument, parts: Parts) -> RecordingDetails:
    """Return what is known of the recording of a job and, where its key goes by contents, where the inputs lie."""
    details = recording_details(job)
    if is_of_content(parts):
        details["locations"] = normalized_inputs(input_locations(job))
    return details
