"""Bucket and store of a lab: counted while launches run, damaged between them, and kept when a promise is broken."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from support.backends import Backend, Local, Remote
from support.lab import Lab

from analysis_jobs.bucket.local import ARRIVING
from analysis_jobs.bucket.names import CODE, MANIFEST, RECORD_FILE, SET_ASIDE
from chaos.services import Services

# Of the folder of an attempt in S3, which nothing else is called
_DEAD = hashlib.sha256(b"a dead attempt").hexdigest()[:16]


class Place(Protocol):
    """Where the launches of a lab publish and record."""

    backend: Backend
    parameters: dict[str, str]  # of launches and of commands
    environment: dict[str, str]

    def published(self) -> int:
        """Return how many jobs are published, in whole or in part; 0 where that cannot be told now."""

    def files(self) -> list[str]:
        """Return the names of all that is in the bucket, each beginning with its key but what is arriving."""

    def remove_files(self, names: list[str]) -> None:
        """Remove files of `files`."""

    def leave_behind(self, key: str) -> None:
        """Put files there as an attempt that died leaves them."""

    def leftovers(self) -> list[str]:
        """Return those of `files` that are of attempts that died."""

    def remove_document(self, collection: str, key: str) -> None:
        """Remove a ``record``, or a job's ``state``."""

    def keep(self, folder: Path) -> None:
        """Write down all that would be gone with the services."""


class LocalPlace:
    """A folder and a SQLite file."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.backend = lab, Local(lab)
        self.parameters = {"bucket": str(lab.bucket), "store": str(lab.store)}
        self.environment: dict[str, str] = {}

    def published(self) -> int:
        return sum(path.name not in (ARRIVING, CODE, SET_ASIDE) for path in self.lab.bucket.glob("*"))

    def files(self) -> list[str]:
        bucket = self.lab.bucket
        return sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())

    def remove_files(self, names: list[str]) -> None:
        for name in names:
            (self.lab.bucket / name).unlink()

    def leave_behind(self, key: str) -> None:
        arriving = self.lab.bucket / ARRIVING
        (arriving / key).mkdir(parents=True, exist_ok=True)
        (arriving / key / "half of it.txt").write_text("half")
        (arriving / f"{key}.unfinished").write_text("a quarter")

    def leftovers(self) -> list[str]:
        return [name for name in self.files() if name.startswith(f"{ARRIVING}/")]

    def remove_document(self, collection: str, key: str) -> None:
        query = {
            "record": "DELETE FROM record_documents WHERE _id = ?",
            "state": "DELETE FROM job_states WHERE key = ?",
        }[collection]
        with closing(sqlite3.connect(self.lab.store, timeout=30)) as connection, connection:
            connection.execute(query, (key,))

    def keep(self, folder: Path) -> None:
        """All is in the lab."""


class RemotePlace:
    """A prefix of a bucket in S3, and two collections in DocDB, both through proxies that can fail."""

    def __init__(self, lab: Lab, services: Services) -> None:
        self._services = services
        self.backend = Remote(lab, services.s3, services.docdb, killed=True)
        self.parameters = {"store": "docdb"}
        self.environment = {**self.backend.environment, **services.environment}
        self._prefix = f"{self.backend.prefix}/"
        self._client = services.s3.client()

    def published(self) -> int:
        if self._services.is_failing("S3"):  # it may hang
            return 0
        return len({name.partition("/")[0] for name in self.files()} - {CODE, SET_ASIDE})

    def files(self) -> list[str]:
        names = self.backend.s3.objects(self.backend.bucket)
        return sorted(name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix))

    def remove_files(self, names: list[str]) -> None:
        for name in names:
            self._client.delete_object(Bucket=self.backend.bucket, Key=f"{self._prefix}{name}")

    def leave_behind(self, key: str) -> None:
        name = f"{self._prefix}{key}/{_DEAD}/half of it.txt"
        self._client.put_object(Bucket=self.backend.bucket, Key=name, Body=b"half")

    def leftovers(self) -> list[str]:
        return [name for name in self.files() if f"/{_DEAD}/" in name]

    def remove_document(self, collection: str, key: str) -> None:
        self._collection(collection).delete_one({"_id": key})

    def keep(self, folder: Path) -> None:
        for name in self.files():
            target = folder / "bucket" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.backend.s3.read(self.backend.bucket, f"{self._prefix}{name}"))
        for name, documents in {"records": self.backend.records(), "states": self.backend.states()}.items():
            (folder / f"{name}.json").write_text(json.dumps(documents, indent=1, default=str))

    def _collection(self, collection: str) -> Any:
        name = self.backend.collection
        return self.backend.docdb.collection({"record": name, "state": f"{name}_jobs"}[collection])


def damage(place: Place, lab: Lab, kind: str, which: float) -> str:
    """Damage one of what there is, and say what was damaged; nothing where there is nothing of the kind.

    All that is damaged is what the next launch, or ``fsck --repair``, promises to fix.

    Parameters
    ----------
    place
        Where.
    lab
        Whose.
    kind
        One of `chaos.plan.DAMAGES`.
    which
        Says which one, from 0 to 1.
    """
    if kind == "work folder":
        return _remove_work(sorted(lab.folder.glob("*/work")), which)
    if kind == "remove leftovers":
        leftovers = place.leftovers()
        place.remove_files(leftovers)
        return f"{len(leftovers)} leftovers removed"
    keys = sorted(place.backend.records())
    if not keys:
        return f"{kind}: there is no record yet"
    key = keys[int(which * len(keys))]
    _damage_job(place, kind, key)
    return f"{kind} of {_named(place.backend.records().get(key), key)}"


def _damage_job(place: Place, kind: str, key: str) -> None:
    files = [name for name in place.files() if name.startswith(f"{key}/")]
    if kind in ("record", "record and manifest", "record and results"):
        place.remove_document("record", key)
    if kind == "record and manifest":
        place.remove_files([f"{key}/{MANIFEST}"])
    elif kind == "record and results":
        place.remove_files(files)
    elif kind == "state":
        place.remove_document("state", key)
    elif kind == "record beside the files":
        place.remove_files([name for name in files if name.endswith(f"/{RECORD_FILE}")])
    elif kind == "leftovers":
        place.leave_behind(key)


def _remove_work(folders: list[Path], which: float) -> str:
    if not folders:
        return "there is no work folder yet"
    folder = folders[int(which * len(folders))]
    shutil.rmtree(folder)
    return f"the work folder of {folder.parent.name} removed"


def _named(record: Mapping[str, Any] | None, key: str) -> str:
    return f"{key[:12]} ({name_of(record)})" if record else key[:12]


def name_of(record: Mapping[str, Any]) -> str:
    """Return the input by which the job of a record goes."""
    (process,) = record["processing"]["data_processes"]
    return min(str(one["url"]).rstrip("/") for one in process["code"]["input_data"])
