"""A store and a bucket with some jobs in them, as the pipeline leaves them, and the command run on them."""

import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.cli import main
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state, pending
from support.samples import ENVIRONMENT, RUN, write_files

OWNER = {"session": "this-run", "process": None}
CODE = "sha256:c0de"
RATES = {"analysis_name": "rates", "analysis_tag": "v1", "cutoff": 0.5}
# Results of many kinds, and all names that are published of them
FILES = {
    "spikes.json": '{"unit": "ü"}',
    "plots/a plot.png": "\x89PNG",
    "sub/manifest.json": "the user's own",
    ".hidden.txt": "h",
    "empty.txt": "",
    "odd #?%41&+ü.txt": "odd",
    "large.bin.txt": "0123456789" * 400_000,
}
NAMES = sorted([*FILES, LOG])
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh [red]no[/red]\x1b[31m"}


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines; nothing else may be on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines between tabs, by their columns."""
        columns, *rows = [line.split("\t") for line in self.out.splitlines()]
        return [dict(zip(columns, row, strict=True)) for row in rows]


class Shelf:
    """Jobs as the pipeline leaves them."""

    def __init__(self, store: Store, bucket: Bucket, folder: Path) -> None:
        self.store, self.bucket, self.folder = store, bucket, folder

    def done(
        self,
        inputs: list[str],
        parameters: Mapping[str, Any],
        outputs: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, str] | None = None,
        ended: str = "2026-01-02T03:04:15+00:00",
        code: str = CODE,
        **more: Any,
    ) -> str:
        """Publish and record a job, and return its key."""
        parts = key_parts(inputs, parameters, code)
        key = job_key(parts)
        folder = write_files(self.folder / key, {LOG: f"log of {inputs[0]}\n", **(files or {"rates.csv": "1,2\n"})})
        about = {
            "manifest_version": 1, "key": key, "attempt": 1, "parts": parts, "job": {"s3_location": inputs},
            "state": "done", "outputs": dict(outputs or {}), "started": "2026-01-02T03:04:05+00:00", "ended": ended,
            "seconds": 10.0, "cpu_seconds": 5.0, "peak_memory_bytes": 160_000_000, "environment": ENVIRONMENT,
            "run": RUN, **more,
        }  # fmt: skip
        published = [ResultFile(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.*")]
        manifest = self.bucket.publish(key, published, about)
        (settled,) = record_group([manifest], self.bucket, self.store, OWNER)
        assert settled["state"] == "done", settled
        return key

    def settled(
        self, state: str, inputs: list[str], parameters: Mapping[str, Any], attempt: int = 1, **more: Any
    ) -> str:
        """Settle a job that has no record, and return its key."""
        parts = key_parts(inputs, parameters, CODE)
        key = job_key(parts)
        document = new_state(key, state, attempt, parts, owner=OWNER, **more)
        self.store.settle([{"changed": "2026-01-03T00:00:00+00:00", **document, **more}], OWNER["session"] or "")
        return key

    def claimed(self, inputs: list[str], hours: float = 1) -> str:
        """Claim a job, and return its key."""
        parts = key_parts(inputs, {"analysis_name": "rates"}, CODE)
        key = job_key(parts)
        assert self.store.claim([pending(key, 1, parts, OWNER, hours)], {}) == {key}
        return key


def command(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    """Run the command in this process."""
    argv, hook, log = sys.argv, sys.excepthook, logging.getLogger("analysis_jobs")
    level = log.level
    sys.argv = ["analysis-jobs", *map(str, words)]
    capsys.readouterr()
    try:
        main()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
    finally:
        sys.argv, sys.excepthook = argv, hook
        log.setLevel(level)
    said = capsys.readouterr()
    return Said(code, said.out, said.err)
