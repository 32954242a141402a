"""Where results and records go: a folder and a file, or the real services, looked at in the same way."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from fakes.docdb import DocDBServer
from fakes.s3 import S3Server

from analysis_jobs.bucket.names import CODE, SET_ASIDE
from support import lab as labs
from support.lab import Lab

PROBES = ".analysis-jobs"  # where is tried whether a bucket in S3 may be written


class Backend(Protocol):
    """A bucket and a store of one lab."""

    environment: dict[str, str]
    parameters: dict[str, str]

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the records by their ids."""

    def states(self) -> dict[str, dict[str, Any]]:
        """Return the job states by key."""

    def history(self) -> list[dict[str, Any]]:
        """Return the notes on what was done to jobs."""

    def published(self) -> dict[str, dict[str, Any]]:
        """Return the manifests by key, after seeing that all that is published is as they say."""

    def everything(self) -> Iterator[bytes]:
        """Yield all that is kept outside the lab's folder, to search it."""


class Local:
    """A folder and a SQLite file in the lab's output folder: the defaults."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.environment: dict[str, str] = {}
        self.parameters: dict[str, str] = {}

    def records(self) -> dict[str, dict[str, Any]]:
        return labs.records(self.lab.store)

    def states(self) -> dict[str, dict[str, Any]]:
        return labs.job_states(self.lab.store)

    def history(self) -> list[dict[str, Any]]:
        return list(labs.history(self.lab.store).values())

    def published(self) -> dict[str, dict[str, Any]]:
        return labs.published(self.lab.bucket)

    def everything(self) -> Iterator[bytes]:
        yield from ()


class Remote:
    """A prefix of a bucket in S3, and collections in DocDB; what tries whether it may write there can be `killed`."""

    def __init__(self, lab: Lab, s3: S3Server, docdb: DocDBServer, *, killed: bool = False) -> None:
        self.s3, self.docdb = s3, docdb
        self._beside = {CODE, SET_ASIDE} | ({PROBES} if killed else set())
        name = hashlib.sha1(str(lab.folder).encode()).hexdigest()
        self.bucket, self.prefix, self.collection = s3.make_bucket(f"lab-{name}"), "some/results", f"lab_{name}"
        self.environment = {
            **s3.environment,
            **docdb.environment,
            "DOCDB_COLLECTION": self.collection,
            "ANALYSIS_BUCKET": f"{self.bucket}/{self.prefix}",
            "CODEOCEAN_EMAIL": "scientist@example.org",
        }
        self.parameters = {"store": "docdb"}

    def records(self) -> dict[str, dict[str, Any]]:
        return {one["_id"]: one for one in self.docdb.collection(self.collection).find()}

    def states(self) -> dict[str, dict[str, Any]]:
        return {one["_id"]: one for one in self.docdb.collection(f"{self.collection}_jobs").find()}

    def history(self) -> list[dict[str, Any]]:
        return list(self.docdb.collection(f"{self.collection}_history").find())

    def published(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, bytes]] = {}
        for name in self.s3.objects(self.bucket):
            assert name.startswith(f"{self.prefix}/"), f"{name} was left"
            key, _, file = name.removeprefix(f"{self.prefix}/").partition("/")
            if key not in self._beside:
                found.setdefault(key, {})[file] = self.s3.read(self.bucket, name)
        return {key: self._checked(key, files) for key, files in found.items()}

    def _checked(self, key: str, files: dict[str, bytes]) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(files.pop("manifest.json"))
        folder = Path(manifest["location"]).name
        assert manifest["location"] == f"s3://{self.bucket}/{self.prefix}/{key}/{folder}"
        for line in manifest["files"]:
            content = files.pop(f"{folder}/{line['path']}")
            assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert files.keys() <= {f"{folder}/metadata.nd.json"}
        return manifest

    def everything(self) -> Iterator[bytes]:
        for name in self.s3.objects(self.bucket):
            yield self.s3.read(self.bucket, name)
        for document in [*self.records().values(), *self.states().values()]:
            yield json.dumps(document).encode()
