"""What nothing needs any more is found and removed; what somebody needs, or may be writing, stays."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.deaths import Deaths, dead_process
from support.samples import launch_record
from support.upkeep import World

from analysis_jobs.store.history import new_note
from analysis_jobs.store.states import new_owner, new_state, pending
from analysis_jobs.upkeep import removal
from analysis_jobs.upkeep.collect import Found, Garbage, GarbageCollection
from analysis_jobs.upkeep.forget import forgettable
from analysis_jobs.upkeep.garbage import Ages

LATER = timedelta(days=8)  # when everything that is there now is old
ERROR = {"stage": "record", "cause": "infrastructure", "type": "OSError", "message": "oh"}


def collection(world: World, *, later: timedelta = LATER, older_than: timedelta | None = None) -> GarbageCollection:
    return GarbageCollection(world.pair, Ages(older_than), replaced=True, now=datetime.now(UTC) + later)


def found(world: World, **options: Any) -> Found:
    return collection(world, **options).find()


def kinds(world: World, **options: Any) -> list[tuple[str, str]]:
    return sorted((one.kind, one.doomed.key) for one in found(world, **options).garbage)


def removed(world: World, **options: Any) -> list[tuple[Garbage, str]]:
    collector = collection(world, **options)
    return list(collector.remove(collector.find().garbage))


def unrecorded(world: World, name: str = "second") -> str:
    """Take the record of a job away, as of one that was published and never recorded; return its key."""
    key, store = world.keys[name], world.connect()
    (state,) = store.job_states([key], whole=True).values()
    assert not store.remove("record", [key])
    lost = new_state(key, "failed", 2, state["parts"], owner=new_owner("x", None), error=ERROR)
    assert store.claim([lost], {key: state})
    return key


def replaced(world: World, ended: str = "2026-01-03T00:00:00+00:00") -> dict[str, str]:
    """Compute all jobs by newer code; return the keys of the old ones."""
    old = world.keys
    world.code, world.ended, world.outputs = "sha256:n3w", ended, 2
    assert set(world.launch("newer code").values()) == {"done"}
    return old


def test_there_is_nothing_to_collect(world: World) -> None:
    assert found(world) == Found()
    assert removed(world) == []


def test_a_result_without_record_is_removed_and_its_job_stays(world: World) -> None:
    key = unrecorded(world)
    before = world.files.names()
    assert kinds(world, later=timedelta(days=6)) == kinds(world, older_than=timedelta(days=9)) == []
    assert kinds(world, older_than=timedelta(0)) == kinds(world) == [("result without record", key)]
    ((one, why_not),) = removed(world)
    assert (one.doomed.key, why_not) == (key, "")
    assert set(before) - set(world.files.names()) == {name for name in before if key in name}
    (state,) = world.connect().job_states([key], whole=True).values()
    assert (state["state"], state["attempt"], state["error"]) == ("failed", 2, ERROR)
    assert "forgotten" not in state
    (note,) = world.connect().history(key)
    assert (note["act"], note["bytes"]) == ("collected", one.doomed.size)
    assert "no record names it" in note["what"]
    assert world.launch("another launch") == {"first": "done", "second": "done", "third": "done"}
    world.check_whole()


def test_results_that_newer_code_has_replaced_are_removed(world: World) -> None:
    old = replaced(world)
    assert kinds(world) == sorted(("replaced result", key) for key in old.values())
    done = removed(world)
    assert {why_not for _, why_not in done} == {""}
    assert not [name for name in world.files.names() if name.partition("/")[0] in old.values()]
    store = world.connect()
    assert (store.records(list(old.values())), store.job_states(list(old.values()))) == ({}, {})
    (note,) = store.history(old["second"])
    assert note["what"].endswith(f": {world.keys['second']} has replaced it")
    world.check_whole()
    assert found(world) == Found()
    assert world.fsck() == []


def test_they_are_kept_for_a_while_after_they_were_replaced(world: World) -> None:
    ended = datetime.now(UTC) - timedelta(days=20)
    replaced(world, ended.isoformat())
    assert kinds(world, later=timedelta(0)) == []
    assert len(kinds(world, later=timedelta(0), older_than=timedelta(days=19))) == 3
    assert kinds(world, later=timedelta(0), older_than=timedelta(days=21)) == []
    assert len(kinds(world, later=timedelta(days=11))) == 3
    assert [one.kind for one in GarbageCollection(
        world.pair, Ages(), replaced=False, now=datetime.now(UTC) + timedelta(days=99)
    ).find().garbage] == []  # fmt: skip


def claimed(world: World, key: str) -> None:
    store = world.connect()
    (state,) = store.job_states([key], whole=True).values()
    assert store.claim([pending(key, 1, state["parts"], new_owner("live", None), 1)], {key: state})


def adopted(world: World, key: str) -> None:
    adoption = {"record": key, "by": "me", "why": "x", "when": "2026-01-03T00:00:00+00:00"}
    parts = {"key_version": 1, "inputs": ["x"], "parameters": {}, "code": "y"}
    assert world.connect().claim([new_state("f" * 64, "done", 1, parts, adopted=adoption)], {})


def used(world: World, key: str) -> None:
    """By a job that failed, and will be tried again."""
    parts = {"key_version": 1, "inputs": [f"s3://moved/{key}/0123/one.txt"], "parameters": {}, "code": "y"}
    assert world.connect().claim([new_state("f" * 64, "failed", 1, parts, error=ERROR)], {})


def newer_is_gone(world: World, key: str) -> None:
    (newer,) = (world.keys[name] for name in world.keys if world.keys[name] != key and name == "second")
    for name in world.files.names():
        if name.startswith(f"{newer}/"):
            world.files.remove(name)


def state_is_damaged(world: World, key: str) -> None:
    store = world.connect()
    assert not store.remove("state", [key])
    store.claim([{"_id": key, "key": key, "state": "lost", "revision": "r", "parts": {}}], {})


NEEDED: dict[str, Callable[[World, str], None]] = {
    "claimed": claimed,
    "adopted": adopted,
    "an input of another job": used,
    "the newer one is gone": newer_is_gone,
    "its state is damaged": state_is_damaged,
}


@pytest.mark.parametrize("needed", NEEDED)
@pytest.mark.parametrize("when", ["before the report", "before the removal"])
def test_what_somebody_needs_stays(world: World, needed: str, when: str) -> None:
    key = replaced(world)["second"]
    before = [name for name in world.files.names() if key in name]
    if when == "before the report":
        NEEDED[needed](world, key)
        assert key not in {found_key for _, found_key in kinds(world)}
        done = removed(world)
        assert len(done) == 2
    else:
        collector = collection(world)
        garbage = collector.find().garbage
        NEEDED[needed](world, key)
        (why_not,) = (why for one, why in collector.remove(garbage) if one.doomed.key == key)
        assert why_not == "it is not garbage any more"
    assert [name for name in world.files.names() if key in name] == before
    assert world.connect().recorded([key])


def test_what_attempts_have_left_is_removed_once_it_is_old(world: World) -> None:
    key = "b" * 64
    name = f"{key}/0123456789abcdef/left.txt" if world.is_s3 else f".arriving/{key}/left.txt"
    before = world.files.names()
    world.files.write(name, b"left")
    assert kinds(world, later=timedelta(days=6)) == kinds(world, older_than=timedelta(days=9)) == []
    assert kinds(world) == [("leftovers", key)]
    ((one, why_not),) = removed(world)
    assert (one.doomed.size, why_not) == (4, "")
    assert world.files.names() == before
    (note,) = world.connect().history(key)
    assert (note["act"], note["bytes"], note["what"]) == ("collected", 4, "1 file of an attempt that died")


def test_what_is_not_ours_or_of_another_store_stays(world: World) -> None:
    """Nobody of this store has ever heard of the second job; and others have put files there."""
    key, store = world.keys["second"], world.connect()
    for kind in ("record", "state"):
        assert not store.remove(kind, [key])
    world.files.write(f"{'e' * 64}/notes.txt", b"mine")
    world.files.write("readme.txt", b"mine")
    before = world.files.names()
    there = found(world, later=timedelta(days=99))
    assert (there.garbage, there.foreign) == ([], 1)
    assert world.files.names() == before


def test_a_record_of_others_is_none_of_ours(world: World) -> None:
    """As of the original wrapper, with the same inputs and parameters."""
    record = world.record("second")
    process = record["processing"]["data_processes"][0]
    del process["pipeline_name"]
    process["end_date_time"] = "2026-05-01T00:00:00+00:00"
    world.connect().insert([{**record, "_id": "older"}])
    assert found(world) == Found()


def test_a_launch_at_the_same_time_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It computes and publishes the job whose old result is being collected; each step meets the other."""
    key = unrecorded(world)
    collector = collection(world)
    garbage = collector.find().garbage
    claim, reached, go = type(world.pair.store).claim, threading.Event(), threading.Event()
    done: list[tuple[Garbage, str]] = []

    def held(store: Any, *arguments: Any) -> Any:
        if threading.current_thread() is collecting and not reached.is_set():
            reached.set()
            assert go.wait(60)
        return claim(store, *arguments)

    monkeypatch.setattr(type(world.pair.store), "claim", held)
    collecting = threading.Thread(target=lambda: done.extend(_in_thread(world, garbage)))
    collecting.start()
    assert reached.wait(60)
    states = world.launch("at the same time")
    go.set()
    collecting.join(60)
    assert states["second"] == "done"
    ((_, why_not),) = done
    assert why_not == "it has changed since it was checked: run this again"
    world.check_whole()
    assert world.connect().recorded([key])
    assert world.fsck() == []


def _in_thread(world: World, garbage: list[Garbage]) -> list[tuple[Garbage, str]]:
    """Remove garbage by connections of its own, as another process has."""
    return list(collection(world).remove(garbage))


def test_a_launch_that_comes_second_waits_for_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    unrecorded(world)
    clear, decisions = type(world.pair.bucket).clear, []

    def launched(bucket: Any, files: Any) -> Any:
        world.launch("meanwhile")
        decisions.append(world.decisions["second"]["decision"])
        return clear(bucket, files)

    with monkeypatch.context() as patch:
        patch.setattr(type(world.pair.bucket), "clear", launched)
        assert [why_not for _, why_not in removed(world)] == [""]
    assert decisions == ["claimed"]
    assert world.launch("the next")["second"] == "done"
    world.check_whole()


@pytest.mark.parametrize("which", ["result without record", "replaced result"])
def test_a_death_at_any_step_loses_nothing_that_is_needed(
    world: World, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    monkeypatch.setattr(removal, "process_identity", lambda pid: dead_process())
    deaths, step, was_killed = Deaths(monkeypatch), 0, True
    if which == "replaced result":
        replaced(world)
    while was_killed:
        if which == "result without record":
            unrecorded(world)
        was_killed = deaths.at(step, lambda: removed(world))
        assert {damage.kind for damage in world.fsck()} <= {"half forgotten", "published without record"}
        world.fsck(repair=True)
        assert world.fsck() == []
        world.launch(f"launch {step}")
        world.check_whole()
        assert world.fsck() == []
        step += 1
    assert found(world) == Found()
    assert step >= 5


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_the_same_job_of_another_store_in_the_same_bucket_stays(world: World) -> None:
    """This store has failed at it, or forgotten it; the other one has published it since."""
    key, store = world.keys["second"], world.connect()
    unrecorded(world)
    name = f"{key}/manifest.json"
    manifest = json.loads(world.files.read(name))
    manifest["run"]["owner"]["session"] = "a launch with the other store"
    world.files.write(name, json.dumps(manifest).encode())
    assert found(world) == Found(foreign=1)
    (why,) = forgettable([key], world.pair, "job").refused.values()
    assert why == (
        "its files are from a launch that the store does not know, and may belong to another store: give "
        "--keep-results, or --only-state"
    )
    assert not forgettable([key], world.pair, "state").refused
    assert not store.remove("state", [key])
    assert not store.add_history([new_note(key, "forgotten", "me", "x")])
    assert found(world) == Found(foreign=1)
    assert removed(world) == []
    assert not store.put_launch(launch_record("a launch with the other store"))  # type: ignore[arg-type]
    assert kinds(world) == [("result without record", key)]
