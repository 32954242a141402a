"""The clock of this machine beside those of services."""

from email.utils import formatdate

import pytest
from fakes.docdb import DocDBServer
from fakes.s3 import S3Server

from analysis_jobs.health.clock import look_at_clock, skewed
from analysis_jobs.health.given import Given

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("there", "level", "message"),
    [
        (0, "ok", "this machine's clock agrees with that of S3"),
        (-1, "ok", "agrees"),  # its time has no parts of a second
        (29, "ok", "agrees"),
        (60, "warning", "is 58 s behind that of S3; set the clock by NTP"),
        (-61, "warning", "is 60 s ahead of that of S3"),
        (3600, "wrong", "is 3598 s behind that of S3, which refuses requests with such a time"),
        (-3601, "wrong", "is 3600 s ahead of that of S3, which refuses"),
    ],
)
def test_how_far_it_is(there: float, level: str, message: str) -> None:
    said = skewed("S3", formatdate(NOW + there, usegmt=True), NOW, NOW + 2)
    assert said.level == level
    assert message in said.message


def test_a_service_without_a_time() -> None:
    assert skewed("S3", None, NOW, NOW).level == "warning"


def test_no_service() -> None:
    assert [said.level for said in look_at_clock(Given("out", bucket="here"))] == ["ok"]


@pytest.mark.parametrize("bucket", ["public", "absent-bucket"])
def test_those_of_services(bucket: str, s3: S3Server, docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**docdb.environment, **s3.environment, "DOCDB_COLLECTION": "x"}.items():
        monkeypatch.setenv(name, value)
    said = list(look_at_clock(Given(bucket=f"s3://{bucket}", store="docdb")))
    assert [(one.level, one.message.split()[-1]) for one in said] == [("ok", "S3"), ("ok", "DocDB")]


def test_a_service_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCDB_HOST", "localhost:1")
    (said,) = look_at_clock(Given(bucket="here", store="docdb"))
    assert said.message.startswith("DocDB did not tell its time (NewConnectionError); see the lines on it")
