"""A job that is published and recorded, of which much is known."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.published.find import Published, find_published
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.opening import open_store
from support.samples import ENVIRONMENT, RUN, outcome, write_files

KEY = "a" * 64
OWNER = {"session": "this-run", "process": None}
PARAMETERS = {"analysis_name": "rates", "cutoff": 0.5, "units": [1, 2], "strict": True, "count": 3, "of": None}
GIT = {"url": "https://host/code.git", "commit": "0a1b2c3d" * 5, "dirty": False, "pushed": True, "run_script": "a.py"}
FILES = {"rates.csv": "a,1", "plots/a plot#1.png": "png", "ro-crate-metadata.json": "{}", "é%20.bin": ""}
IMAGE = "registry.example.com/lab/units:1.0@sha256:" + "0f" * 32
JOB = {
    "s3_location": ["s3://bucket/asset_000", "a word"],
    "file_location": ["/data/session 1.nwb", "https://host/x.nwb?y=1", "s3://bucket/b.zarr"],
}


def publish(bucket: Bucket, folder: Path, files: dict[str, str] = FILES, **more: Any) -> dict[str, Any]:
    """Publish results as UPLOAD does, and return their manifest."""
    write_files(folder, {**files, "analysis.log": "a log"})
    parts = {"key_version": 1, "inputs": ["in"], "parameters": PARAMETERS, "code": "sha256:c0de"}
    run = {**RUN, "code": GIT, "price_per_hour": 0.36}
    about = outcome(KEY, job=JOB, parts=parts, **more)
    about["environment"] = {**ENVIRONMENT, "container": IMAGE, **more.get("environment", {})}
    return bucket.publish(
        KEY, [ResultFile(name, folder / name) for name in (*files, "analysis.log")], {**about, "run": run}
    )


@dataclass
class Place:
    """Where a job is published and recorded, as options of the command."""

    store: str
    bucket: str

    @property
    def options(self) -> list[str]:
        return ["--store", self.store, "--bucket", self.bucket]

    def done(self, made: Path) -> Published:
        bucket = open_bucket(self.bucket)
        record_group([publish(bucket, made)], bucket, open_store(self.store), OWNER)
        return find_published(KEY, open_store(self.store, read_only=True), bucket)
