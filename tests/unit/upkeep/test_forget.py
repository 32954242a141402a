"""Which jobs can be forgotten, and what goes of each."""

import errno
import shutil
from pathlib import Path

import pytest
from support.upkeep import FolderFiles, World

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.protocol import StoredFile
from analysis_jobs.store.states import new_owner, pending
from analysis_jobs.upkeep.forget import forgettable


def test_all_of_a_job_goes(world: World) -> None:
    found = forgettable(list(world.keys.values()), world.pair, "job")
    assert found.refused == {}
    assert [job.key for job in found.jobs] == list(world.keys.values())
    assert (found.files, found.size) == (15, sum(len(world.files.read(name)) for name in world.files.names()))
    first = found.jobs[0]
    assert (first.recorded, first.what) == (
        True, f"record, state and 5 files at {world.bucket.location(first.key)}"
    )  # fmt: skip


def test_the_files_may_stay(world: World) -> None:
    found = forgettable([world.keys["first"]], world.pair, "documents")
    assert (found.files, found.size, found.jobs[0].what) == (0, 0, "record and state; the files stay")


def test_what_lies_beside_the_results_is_nobodys_to_remove(world: World) -> None:
    key = world.keys["first"]
    world.files.write(f"{key}/notes.txt", b"mine")
    (job,) = forgettable([key], world.pair, "job").jobs
    assert "notes.txt" not in job.names
    assert len(job.names) == 5


def test_without_a_manifest_all_is_taken_for_results_of_what_is_recorded(world: World) -> None:
    key = world.keys["first"]
    world.files.remove(f"{key}/manifest.json")
    (job,) = forgettable([key], world.pair, "job").jobs
    assert len(job.names) == 4
    assert not world.connect().remove("record", [key])
    (job,) = forgettable([key], world.pair, "job").jobs
    assert len(job.names) == (4 if world.is_s3 else 0)


def test_a_record_that_is_damaged_is_no_hindrance(world: World) -> None:
    key = world.keys["first"]
    record = world.record("first")
    store = world.connect()
    assert not store.remove("record", [key])
    store.insert([{**record, "location": "/tmp/elsewhere"}])
    (job,) = forgettable([key], world.pair, "job").jobs
    assert (job.recorded, len(job.names)) == (True, 5)


def test_what_a_launch_has_is_refused(world: World) -> None:
    key, store = world.keys["first"], world.connect()
    (state,) = store.job_states([key], whole=True).values()
    assert store.claim([pending(key, 2, state["parts"], new_owner("live", None), 1)], {key: state})
    (why,) = forgettable([key], world.pair, "job").refused.values()
    assert why.startswith("run live has been running it since 20")
    assert why.endswith("; if it has ended, `analysis-jobs release` frees its jobs")


def test_a_state_alone_goes_only_where_there_is_no_record(world: World) -> None:
    key = world.keys["first"]
    (why,) = forgettable([key], world.pair, "state").refused.values()
    assert why == "it has a record, so removing its state alone changes nothing; leave out --only-state"
    assert not world.connect().remove("record", [key])
    assert [job.what for job in forgettable([key], world.pair, "state").jobs] == ["the state"]


def test_what_is_gone_and_what_is_damaged_is_said(world: World) -> None:
    key, store = world.keys["first"], world.connect()
    assert not store.remove("state", [key])
    store.claim([{"_id": key, "key": key, "state": "lost", "revision": "r", "parts": {}}], {})
    found = forgettable([key, "f" * 64], world.pair, "job")
    assert found.refused == {
        key: "its state is damaged: `analysis-jobs fsck --repair` sets it aside",
        "f" * 64: "the store does not know it any more",
    }


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("together", [True, False])
def test_results_in_another_bucket_are_not_left_behind_unsaid(world: World, tmp_path: Path, together: bool) -> None:
    location = world.record("first")["location"]
    world.files, world.together = FolderFiles(tmp_path / "another"), together
    found = forgettable([world.keys["first"]], world.pair, "job")
    assert found.refused == {
        world.keys["first"]: f"its files are at {location}: give --bucket as in its launch, or --keep-results"
    }
    assert not forgettable([world.keys["first"]], world.pair, "documents").refused


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_of_an_outdir_that_was_copied_the_copy_goes(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "analyses"
    shutil.copytree(world.files.url, copy)
    world.files, world.together = FolderFiles(copy), True
    found = forgettable([world.keys["first"]], world.pair, "job")
    assert (found.refused, found.files) == ({}, 5)


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_what_cannot_be_listed_stays_and_the_others_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, open_one, listed = world.keys["first"], world.keys["second"], LocalBucket.files

    def files(bucket: LocalBucket, key: str) -> dict[str, StoredFile]:
        if key == closed:
            raise PermissionError(errno.EIO, "Input/output error", key)
        return listed(bucket, key)

    monkeypatch.setattr(LocalBucket, "files", files)
    found = forgettable([closed, open_one], world.pair, "job")
    assert found.refused == {closed: "its files cannot be listed (Input/output error)"}
    assert [job.key for job in found.jobs] == [open_one]
    assert not forgettable([closed], world.pair, "documents").refused
