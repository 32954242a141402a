"""Inputs with a login or a signature are recorded without it, and the analysis can open them."""

from pathlib import Path

import pytest
from support.samples import entry

from analysis_jobs.jobs.addresses import addresses_of, packed_addresses, whole_addresses
from analysis_jobs.jobs.job import Job, opened_job
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.redaction import known
from analysis_jobs.redaction.text import redacted

LOGIN = "https://bob:a-word-to-log-in@host/a"
SIGNED = "https://host/b?part=2&X-Amz-Signature=0123456789abcdef"
PLAIN = "s3://bucket/c"


@pytest.fixture(autouse=True)
def nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_learned", {})


def test_only_those_that_are_recorded_otherwise() -> None:
    assert whole_addresses([LOGIN, SIGNED, PLAIN]) == {"https://host/a": LOGIN, "https://host/b?part=2": SIGNED}


def test_a_job_as_it_is_recorded_and_as_it_is_run() -> None:
    job = Job(
        s3_location=[LOGIN, PLAIN], file_location=[SIGNED], query=f"at {SIGNED}", group_metadata={"token": "0" * 9}
    )
    document = job.document()
    assert document["s3_location"] == ["https://host/a", PLAIN]
    assert document["file_location"] == ["https://host/b?part=2"]
    assert document["query"] == "at https://host/b?part=2&X-Amz-Signature=***"
    assert document["group_metadata"] == {"token": "***"}
    batched = {**entry(), "job": document, "addresses": packed_addresses(job.addresses())}
    assert "a-word" not in str(batched)
    opened = opened_job(batched)
    assert (opened.s3_location, opened.file_location) == (job.s3_location, job.file_location)


def test_what_is_secret_in_them_is_hidden_then() -> None:
    assert addresses_of(entry()) == {}
    assert redacted("a-word-to-log-in") == "a-word-to-log-in"
    addresses_of({**entry(), "addresses": packed_addresses({"https://host/a": LOGIN, "b": SIGNED})})
    assert redacted("a-word-to-log-in and 0123456789abcdef") == "*** and ***"


def test_the_key_holds_neither() -> None:
    keys = {
        job_key(key_parts([address], {}, "version:1"))
        for address in (SIGNED, SIGNED.replace("0123", "4567"), "https://bob:pw@host/b?part=2", "https://host/b?part=2")
    }
    assert len(keys) == 1
    assert job_key(key_parts(["https://host/b?part=3"], {}, "version:1")) not in keys


def test_nothing_changes_for_others(tmp_path: Path) -> None:
    job = Job(s3_location=[PLAIN, str(tmp_path)])
    assert job.addresses() == {}
    assert job.document() == {"s3_location": [PLAIN, str(tmp_path)]}
    assert opened_job({**entry(), "job": job.document()}).s3_location == job.s3_location
