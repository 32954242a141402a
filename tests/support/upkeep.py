"""A bucket, a store and three jobs that are done, as launches leave them, to be damaged and put right again."""

import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from fakes.s3 import S3Server

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import LaunchRecord
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.key import JobKeys
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.stages.dedupe.candidates import KeyingHere
from analysis_jobs.stages.dedupe.planner import Planner
from analysis_jobs.stages.record import record_group
from analysis_jobs.stages.upload import GroupFolders, upload_group
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.fsck import fsck
from analysis_jobs.upkeep.pair import Pair
from support.attempts import write_attempt
from support.samples import RUN, Connect, Specification, job_text, launch_record, outcome, rules_of, write_files

LAUNCH = {**RUN, "pipeline": {**RUN["pipeline"], "name": PIPELINE_NAME}}
NAMES = ("first", "second", "third")


class Files(Protocol):
    """The files of a bucket by their names, past all that the package does."""

    url: str

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""

    def read(self, name: str) -> bytes:
        """Read a file."""

    def remove(self, name: str) -> None:
        """Remove a file."""

    def names(self) -> list[str]:
        """Return the names of all files."""


class FolderFiles:
    """Those of a bucket in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, str(folder)

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()
        if not any((self.folder / name).parent.iterdir()):
            (self.folder / name).parent.rmdir()

    def names(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())


class S3Files:
    """Those under a prefix of a bucket in S3."""

    def __init__(self, server: S3Server, name: str) -> None:
        self.server, self.name, self.url = server, server.make_bucket(name), f"s3://{name}/x"
        self.client = server.client()

    def write(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=f"x/{name}", Body=content)

    def read(self, name: str) -> bytes:
        return self.server.read(self.name, f"x/{name}")

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=f"x/{name}")

    def names(self) -> list[str]:
        return sorted(name.removeprefix("x/") for name in self.server.objects(self.name, "x/"))


@dataclass
class World:
    """Where three jobs are done, and what a user does there; each time store and bucket are opened anew."""

    folder: Path
    files: Files
    connect: Connect
    together: bool = False
    outputs: int = 1  # what the next launch's analyses give
    code: str = "sha256:c0de"  # of the next launch, and when its jobs end
    ended: str = "2026-01-02T03:04:15+00:00"
    keys: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, Any] = field(default_factory=dict)  # of the last launch, by job

    @property
    def bucket(self) -> Bucket:
        return open_bucket(self.files.url)

    @property
    def is_s3(self) -> bool:
        return isinstance(self.files, S3Files)

    def launch(self, session: str = "a launch", *, upload: bool = True, record: bool = True) -> dict[str, str]:
        """Do what a launch does, and return by job the state, or the decision where nothing was to be done."""
        jobs = self.folder / "jobs"
        write_files(
            jobs,
            {f"{name}.json": job_text(name, distributed_parameters={"cutoff": n}) for n, name in enumerate(NAMES)},
        )
        store, out = self.connect(), io.StringIO()
        assert not store.put_launch(cast(LaunchRecord, launch_record(session)))
        keys = JobKeys(ParameterSources(), Parameters(Specification), self.code)
        Planner(KeyingHere(keys), store, rules_of(session, older=False), out, self.bucket).plan(find_job_files(jobs))
        self.decisions = {
            line["file"].removesuffix(".json"): line for line in map(json.loads, out.getvalue().splitlines())
        }
        self.keys = {name: line["key"] for name, line in self.decisions.items()}
        if not upload:
            return {}
        to_run = {name for name, line in self.decisions.items() if line["decision"] == "run"}
        settled = upload_group(
            self.ran(to_run), self.bucket, {**LAUNCH, "owner": rules_of(session).owner}, dry_run=False
        )
        if record:
            settled = record_group(settled, self.bucket, store, rules_of(session).owner)
        states = {each["key"]: each["state"] for each in settled}
        return {name: states.get(line["key"], line["decision"]) for name, line in self.decisions.items()}

    def ran(self, names: set[str]) -> GroupFolders:
        """Write what ANALYZE leaves of jobs."""
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        folders = GroupFolders(work / "batches", work / "jobs", work / "deaths")
        for number, name in enumerate(NAMES):
            if name not in names:
                continue
            key = self.keys[name]
            parts = {"key_version": 1, "inputs": [name], "parameters": {"cutoff": float(number)}, "code": self.code}
            entry = {"key": key, "attempt": 1, "parts": parts, "given": {}, "job": {"s3_location": [name]}}
            write_files(folders.batches, {f"{key}.json": json.dumps({"jobs": [entry]})})
            done = {**outcome(key), **entry, "outputs": {"n": self.outputs, "deep": {"x": [1.5]}}, "ended": self.ended}
            content = {"one.txt": f"{name} {self.outputs}", "sub/two.txt": "22"}
            write_attempt(folders.jobs / key / "attempt", done, content)
        folders.batches.mkdir(parents=True, exist_ok=True)
        return folders

    def fsck(self, *, now: datetime | None = None, **options: Any) -> list[Damage]:
        """Return what fsck finds; nothing that is only told."""
        return [damage for damage in self.told(now=now, **options) if not damage.harmless]

    @property
    def pair(self) -> Pair:
        return Pair(self.bucket, self.connect(), self.together)

    def told(self, **options: Any) -> list[Damage]:
        self.looked = LookedAt(self.files.url)
        return list(fsck(self.pair, self.looked, **options))

    def record(self, name: str) -> dict[str, Any]:
        return self.connect().records([self.keys[name]])[self.keys[name]]

    def inside(self, name: str, file: str) -> str:
        """Return the name within the bucket of a file of a job's results."""
        key = self.keys[name]
        return f"{key}{self.record(name)['location'].partition(key)[2]}/{file}"

    def contents(self) -> Iterator[bytes]:
        """Yield the content of every file of the bucket."""
        return map(self.files.read, self.files.names())

    def check_whole(self) -> None:
        """See that every job has a record, of results that are as a manifest says."""
        store = self.connect()
        records = store.records(list(self.keys.values()))
        assert records.keys() == set(self.keys.values())
        for key, record in records.items():
            manifest = json.loads(self.files.read(f"{key}/manifest.json"))
            assert manifest["location"] == record["location"]
            for line in manifest["files"]:
                content = self.files.read(f"{key}{record['location'].partition(key)[2]}/{line['path']}")
                assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
