"""What a removal has left of a job goes before a launch computes the job again."""

from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect, decide, job_text, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.stages.dedupe.forgotten import end_removals
from analysis_jobs.store.states import new_owner, pending

FORGOTTEN = {"by": "alice", "when": "2026-01-02T00:00:00+00:00", "files": True}


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "bucket")


def left(bucket: LocalBucket, tmp_path: Path, key: str) -> None:
    """Publish a result whose record is gone."""
    folder = write_files(tmp_path / "files", {"analysis.log": "a log"})
    bucket.publish(key, [ResultFile("analysis.log", folder / "analysis.log")], {"key": key, "state": "done"})  # type: ignore[typeddict-item]


def half_forgotten(connect: Connect, key: str, parts: dict[str, Any], **more: Any) -> None:
    owner = new_owner("forgotten-1", None)
    assert connect().claim([pending(key, 3, parts, owner, 0, forgotten={**FORGOTTEN, **more})], {})


@pytest.mark.parametrize("files", [True, False])
def test_a_launch_removes_the_rest_and_claims_the_job(
    connect: Connect, bucket: LocalBucket, tmp_path: Path, files: bool
) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("in")})
    planned = decide(jobs).lines[0]
    parts = {"key_version": 1, "inputs": ["in"], "parameters": {"cutoff": 0.5}, "code": "sha256:c0de"}
    half_forgotten(connect, planned["key"], parts, files=files)
    left(bucket, tmp_path, planned["key"])
    decided = decide(jobs, connect(), bucket=bucket)
    line = decided.line("a.json")
    assert (line["decision"], line["attempt"]) == ("run", 1)
    assert line["reason"] == "alice began to remove it: the rest is removed first"
    assert (bucket.manifest(planned["key"]) is None) == files
    state = connect().job_states([planned["key"]])[planned["key"]]
    assert (state["owner"]["session"], "forgotten" in state) == ("this-run", False)


def test_a_plan_removes_nothing(connect: Connect, bucket: LocalBucket, tmp_path: Path) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("in")})
    key = decide(jobs).lines[0]["key"]
    half_forgotten(connect, key, {"inputs": ["in"]})
    left(bucket, tmp_path, key)
    assert decide(jobs, connect(), claim=False).line("a.json")["decision"] == "run"
    assert bucket.manifest(key) is not None
    assert "forgotten" in connect().job_states([key])[key]


def test_what_cannot_be_removed_is_not_computed(
    connect: Connect, bucket: LocalBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("in"), "b.json": job_text("in", "more")})
    key = decide(jobs).line("a.json")["key"]
    half_forgotten(connect, key, {"inputs": ["in"]})
    left(bucket, tmp_path, key)
    monkeypatch.setattr(LocalBucket, "clear", lambda bucket, files: dict.fromkeys(files, "it is closed"))
    decided = decide(jobs, connect(), bucket=bucket)
    assert decided.by_file == {"a.json": "claimed", "b.json": "run"}
    assert decided.line("a.json")["reason"] == "its removal was begun, and cannot be finished: it is closed"
    assert "forgotten" in connect().job_states([key])[key]


def test_what_somebody_takes_meanwhile_is_his(connect: Connect, bucket: LocalBucket) -> None:
    store = connect()
    seen = pending("k", 1, {"inputs": ["in"]}, new_owner("mine", None), 1, forgotten=FORGOTTEN)
    store.claim([pending("k", 1, {"inputs": ["in"]}, new_owner("other", None), 1)], {})
    assert end_removals({"k": seen, "l": pending("l", 1, {}, new_owner("mine", None), 1)}, bucket, store) == {
        "k": "another run has taken it"
    }
