"""A job with many files, in either kind of bucket."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from support.shelf import FILES, Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.store.opening import open_store


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.slow)])
def results_bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    if request.param == "local":
        return open_bucket(str(tmp_path / "analyses"))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    name = f"results-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:10]}"
    return open_bucket(f"s3://{s3.make_bucket(name)}/some/prefix")


@pytest.fixture
def results_shelf(results_bucket: Bucket, tmp_path: Path) -> Shelf:
    return Shelf(open_store(str(tmp_path / "records.sqlite")), results_bucket, tmp_path / "results of jobs")


@pytest.fixture
def record(results_shelf: Shelf) -> dict[str, Any]:
    key = results_shelf.done(["in"], {"analysis_name": "rates"}, files=FILES)
    return results_shelf.store.records([key])[key]


@pytest.fixture
def results_place(tmp_path: Path, results_shelf: Shelf) -> list[str]:
    return ["--store", str(tmp_path / "records.sqlite")]
