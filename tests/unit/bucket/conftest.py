"""A bucket in S3, each test its own."""

import hashlib

import pytest
from fakes.s3 import S3Server

from analysis_jobs.bucket.s3 import S3Bucket


@pytest.fixture
def server(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name, value in {**s3.environment, "ANALYSIS_RETRY_SECONDS": "20"}.items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.fixture
def name(server: S3Server, request: pytest.FixtureRequest) -> str:
    return server.make_bucket(f"b-{hashlib.sha1(request.node.nodeid.encode()).hexdigest()}")


@pytest.fixture
def bucket(name: str) -> S3Bucket:
    return S3Bucket(f"s3://{name}/some/prefix/")
