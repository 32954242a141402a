"""What people know a job by: of one whose key goes by contents also where they lie."""

from analysis_jobs.documents import JobDocument
from analysis_jobs.jobs.key import key_parts
from analysis_jobs.stages.state_details import details_in_state

JOB: JobDocument = {"s3_location": ["s3://b/690494_2025-02-04_10-20-30/", "/data/a"], "asset_name": ["one"]}
BY_NAME = {"assets": ["one"], "subject": "690494", "acquired": "2025-02-04T10:20:30"}


def test_a_key_by_locations_names_them_itself() -> None:
    for environment in (None, "0f" * 32):
        assert details_in_state(JOB, key_parts(JOB["s3_location"], {}, "version:1", environment)) == BY_NAME


def test_a_key_by_contents_does_not() -> None:
    locations = ["/data/a", "s3://b/690494_2025-02-04_10-20-30"]
    for version in (3, 4):
        parts = {**key_parts(["sha256:0a", "sha256:0b"], {}, "version:1"), "key_version": version}
        assert details_in_state(JOB, parts) == {**BY_NAME, "locations": locations}  # type: ignore[arg-type]
