"""A process that is killed just before one of the things that it does to bucket and store."""

import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import obstore
import pytest

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.store.docdb_client import Collection
from analysis_jobs.store.postgresql_database import PostgresqlDatabase
from analysis_jobs.store.processes import process_identity
from analysis_jobs.store.sqlite_database import SqliteDatabase
from support.s3_buckets import replace_in_bucket

# Whatever changes something: on a disk each file by itself, in S3 each request
_STEPS = {
    SqliteDatabase: ("transaction",),
    PostgresqlDatabase: ("write",),
    Collection: ("write", "delete"),
    LocalBucket: ("put",),
    Path: ("unlink",),
}
_OF_S3 = ("put", "delete", "copy")


class Killed(BaseException):
    """What nothing catches, as if the process were killed."""


class Deaths:
    """Ends what is done at one of its steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def at(self, step: int, do: Callable[[], object]) -> bool:
        """Do something, and return whether it was killed before its step of that number, from 0."""
        with self._patch.context() as patch:
            die_before(patch, step, _raise)
            try:
                do()
            except Killed:
                return True
            return False


def die_before(patch: pytest.MonkeyPatch, step: int, die: Callable[[], object]) -> None:
    """Have what is done from now on end before its step of that number, from 0, by `die`."""
    numbers = count()

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if next(numbers) == step:
                die()
            return call(*arguments, **options)

        return counted

    for owner, names in _STEPS.items():
        for name in names:
            patch.setattr(owner, name, before(getattr(owner, name)))
    replace_in_bucket(patch, "obstore", _With({name: before(getattr(obstore, name)) for name in _OF_S3}))


def kill_this() -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def _raise() -> None:
    raise Killed


class _With:
    """The library, with other functions in the place of some."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(obstore, name)


def dead_process() -> str:
    """Return the identity of a process of this machine that has ended."""
    return f"{' '.join(str(process_identity(os.getpid())).split()[:3])} 1"
