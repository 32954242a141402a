"""Jobs that are to run are claimed, and what was begun with them is ended first."""

import logging
from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect, Decided, decide, job_text, write_files
from support.shelf import Shelf

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.stages.dedupe.input_check import InputRules
from analysis_jobs.store.states import new_owner, new_state, pending

AGAIN = InputRules("identity", "rerun")
SINCE = "2026-02-03T00:00:00+00:00"


@pytest.fixture
def job(tmp_path: Path, connect: Connect) -> Shelf:
    """A job that is done, whose input is another one than it was."""
    shelf = Shelf(connect(), open_bucket(str(tmp_path / "analyses")), tmp_path / "results")
    place = str(write_files(tmp_path / "data", {"a.nwb": "12345"}) / "a.nwb")
    write_files(tmp_path, {"jobs/a.json": job_text(place)})
    identity = Inputs().look([place], identify=True)[place].identity
    shelf.done([place], {"cutoff": 0.5}, inputs_read=[identity], outputs={"n": 1})
    write_files(tmp_path, {"data/a.nwb": "1234567"})
    return shelf


def launch(shelf: Shelf, folder: Path, inputs: InputRules = AGAIN, **more: Any) -> Decided:
    return decide(folder / "jobs", shelf.store, inputs=inputs, bucket=shelf.bucket, **more)


def test_a_job_that_is_opened_again_has_all_its_attempts(job: Shelf, tmp_path: Path) -> None:
    line = launch(job, tmp_path, max_attempts=1).line("a.json")
    assert (line["decision"], line["attempt"]) == ("run", 1)
    (state,) = job.store.job_states([line["key"]], whole=True).values()
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
    failed = new_state(line["key"], "failed", 1, state["parts"], error=error, opened=line["opened"])  # type: ignore[arg-type]
    job.store.settle([failed], "this-run")
    assert launch(job, tmp_path, max_attempts=1).by_file == {"a.json": "gave_up"}
    again = launch(job, tmp_path, max_attempts=2).line("a.json")
    assert (again["decision"], again["attempt"], again["opened"]) == ("run", 2, line["opened"])


def test_what_cannot_be_opened_stays_done_and_is_told(
    job: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(LocalBucket, "remove", lambda *_: False)
        decided = launch(job, tmp_path)
    line = decided.line("a.json")
    assert (line["decision"], line["location"], line["outputs"]) == (
        "done", job.bucket.location(line["key"]), {"n": 1},
    )  # fmt: skip
    assert line["reason"].startswith("done before, and the input ")
    assert line["reason"].endswith("; it could not be opened again: somebody is writing its results")
    assert decided.planned.jobs == []
    assert (
        "1 job could not be opened again, so the earlier results count, although an input has changed: somebody "
        "is writing its results; fix that, and launch again"
    ) in caplog.text
    assert job.store.job_states([line["key"]])[line["key"]]["state"] == "done"
    assert job.bucket.manifest(line["key"])
    assert launch(job, tmp_path).by_file == {"a.json": "run"}


def test_a_job_that_another_launch_is_opening_is_left_to_it(job: Shelf, tmp_path: Path) -> None:
    key = launch(job, tmp_path, InputRules(), claim=False).line("a.json")["key"]
    before = job.store.job_states([key], whole=True)
    read = before[key]["inputs_read"]
    owner = new_owner("another", None)
    claim = pending(key, 1, before[key]["parts"], owner, 1, opened=SINCE, inputs_read=read)
    assert job.store.claim([claim], before)
    line = launch(job, tmp_path).line("a.json")
    assert line["decision"] == "claimed"
    assert line["reason"].startswith("run another has been running it since ")
    assert job.store.records([key])
    # If that dies before it took the record, what its input was is known still
    died = {**claim, "expires": SINCE, "revision": "died"}
    assert job.store.claim([died], {key: claim})  # type: ignore[list-item]
    again = launch(job, tmp_path).line("a.json")
    assert (again["decision"], again["attempt"]) == ("run", 1)
    assert again["opened"] > SINCE


def test_what_a_launch_that_died_has_begun_to_open_is_ended(
    job: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = launch(job, tmp_path, InputRules(), claim=False).line("a.json")["key"]
    before = job.store.job_states([key], whole=True)
    claim = pending(key, 1, before[key]["parts"], new_owner("dead", None), 0, opened=SINCE)
    assert job.store.claim([claim], before)
    assert not job.store.remove("record", [key])
    with monkeypatch.context() as patch:
        patch.setattr(LocalBucket, "remove", lambda *_: False)
        line = launch(job, tmp_path, InputRules()).line("a.json")
    assert (line["decision"], line["reason"]) == (
        "claimed", "it was opened again, and its old results cannot be set aside: somebody is writing its results",
    )  # fmt: skip
    line = launch(job, tmp_path, InputRules()).line("a.json")
    assert (line["decision"], line["attempt"], line["opened"]) == ("run", 1, SINCE)
    assert job.bucket.manifest(key) is None
