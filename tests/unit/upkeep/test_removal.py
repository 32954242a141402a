"""Jobs are removed such that a death at any step leaves each whole, or to be computed again and named by fsck."""

from itertools import count
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.deaths import Deaths, dead_process
from support.upkeep import World

from analysis_jobs.store.states import new_owner, pending
from analysis_jobs.upkeep import removal
from analysis_jobs.upkeep.forget import forgettable
from analysis_jobs.upkeep.removal import Doomed, Removal, Removed, Scope

MANIFEST = "manifest.json"


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Deaths:
    """Whoever is killed here has ended, as far as others see."""
    monkeypatch.setattr(removal, "process_identity", lambda pid: dead_process())
    return Deaths(monkeypatch)


def removed(world: World, *names: str, scope: Scope = "job") -> list[Removed]:
    pair = world.pair
    found = forgettable([world.keys[name] for name in names], pair, scope)
    assert not found.refused
    return list(Removal(pair, scope, "forgotten", "me").of(found.jobs))


def files_of(world: World, name: str) -> list[str]:
    return [file for file in world.files.names() if world.keys[name] in file and "metadata" not in file]


@pytest.mark.parametrize("then", ["launch", "repair and launch", "again and launch"])
def test_a_death_at_any_step_leaves_the_job_whole_or_to_be_computed(world: World, dying: Deaths, then: str) -> None:
    key, others = world.keys["second"], {"first": "done", "third": "done"}
    for step in count():
        outputs, world.outputs = world.outputs, step + 2
        was_killed = dying.at(step, lambda: removed(world, "second"))
        is_recorded = key in world.connect().recorded([key])
        if is_recorded:
            world.check_whole()
            assert {damage.kind for damage in world.fsck()} <= {"half forgotten"}
            assert world.record("second")["processing"]["data_processes"][0]["output_parameters"]["n"] == outputs
        else:
            is_gone = not world.connect().job_states([key]) and not files_of(world, "second")
            assert [(damage.key, damage.kind) for damage in world.fsck()] == (
                [] if is_gone else [(key, "half forgotten")]
            )
        if then.startswith("repair"):
            assert all(damage.repaired for damage in world.fsck(repair=True))
            assert world.fsck() == []
        elif then.startswith("again") and was_killed:
            assert [one.why_not for one in removed(world, "second")] == [""]
            is_recorded = False
        assert world.launch(f"launch {step}") == {**others, "second": "done"}
        assert world.decisions["second"]["decision"] == ("done" if is_recorded else "run")
        world.check_whole()
        now = outputs if is_recorded else world.outputs
        assert world.record("second")["processing"]["data_processes"][0]["output_parameters"]["n"] == now
        assert world.files.read(world.inside("second", "one.txt")) == f"second {now}".encode()
        world.outputs = now
        world.fsck(repair=True)
        assert world.fsck() == []
        if not was_killed:
            break
    assert step >= 6  # claim, note, record, files, manifest, state


@pytest.mark.parametrize("scope", ["documents", "state"])
def test_so_does_one_of_what_goes_without_the_files(world: World, dying: Deaths, scope: Scope) -> None:
    key = world.keys["second"]
    if scope == "state":
        failed(world, key)
    for step in count():
        was_killed = dying.at(step, lambda: removed(world, "second", scope=scope))
        named = {damage.kind for damage in world.fsck()}
        is_gone = not {key} & {*world.connect().recorded([key]), *world.connect().job_states([key])}
        assert named <= {"half forgotten", "published without record"}
        assert bool(named) or step == 0 or (is_gone and scope == "state")
        world.launch(f"launch {step}")
        world.check_whole()
        world.fsck(repair=True)
        assert world.fsck() == []
        if not was_killed:
            break
        if scope == "state":
            failed(world, key)
    assert step >= 3


def failed(world: World, key: str) -> None:
    """Let a job be one that failed and has no result."""
    store = world.connect()
    for file in files_of(world, "second"):
        world.files.remove(file)
    (state,) = store.job_states([key], whole=True).values()
    error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
    assert not store.remove("record", [key])
    assert store.claim([{**state, "state": "failed", "error": error, "revision": "new"}], {key: state})


def test_what_is_removed_is_gone_and_the_others_stay(world: World) -> None:
    key = world.keys["second"]
    stray = f"{key}/notes.txt"
    world.files.write(stray, b"mine")
    before = world.files.names()
    (done,) = removed(world, "second")
    assert (done.job.key, done.why_not) == (key, "")
    assert set(before) - set(world.files.names()) == {name for name in before if key in name and name != stray}
    assert done.job.size > 0
    store = world.connect()
    assert (store.records([key]), store.job_states([key])) == ({}, {})
    (note,) = store.history(key)
    assert (note["act"], note["by"], note["bytes"]) == ("forgotten", "me", done.job.size)
    assert note["what"].startswith("record, state and 5 files at ")
    assert world.fsck() == []
    world.outputs = 2
    assert world.launch("another launch")["second"] == "done"
    assert world.decisions["second"]["reason"] == "new"
    world.check_whole()


def test_what_changed_since_it_was_looked_at_stays(world: World) -> None:
    pair = world.pair
    jobs = forgettable(list(world.keys.values()), pair, "job").jobs
    claimed, recorded_again = world.keys["first"], world.keys["second"]
    store = world.connect()
    (state,) = store.job_states([claimed], whole=True).values()
    assert store.claim([pending(claimed, 2, state["parts"], new_owner("live", None), 1)], {claimed: state})
    assert not store.remove("record", [recorded_again])
    before = {name for name in world.files.names() if world.keys["third"] not in name}
    done = {one.job.key: one.why_not for one in Removal(pair, "job", "forgotten", "me").of(jobs)}
    changed = "it has changed since it was checked: run this again"
    assert done == {claimed: changed, recorded_again: changed, world.keys["third"]: ""}
    assert set(world.files.names()) == before
    assert world.connect().job_states([claimed])[claimed]["owner"]["session"] == "live"
    assert list(world.connect().history(claimed)) == []


def test_a_launch_that_comes_meanwhile_sees_that_somebody_has_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch_first(*arguments: Any) -> dict[str, str]:
        world.launch("meanwhile")
        return clear(*arguments)

    pair = world.pair
    clear = pair.bucket.clear
    monkeypatch.setattr(type(pair.bucket), "clear", lambda bucket, files: launch_first(files))
    found = forgettable([world.keys["second"]], pair, "job")
    assert [one.why_not for one in Removal(pair, "job", "forgotten", "me").of(found.jobs)] == [""]
    decision = world.decisions["second"]
    assert decision["decision"] == "claimed"
    assert decision["reason"].startswith("me is removing it since 20")
    assert world.fsck() == []


@pytest.mark.slow
@pytest.mark.parametrize("connect", ["docdb"], indirect=True)
@pytest.mark.parametrize(
    ("endpoint", "collection", "said"),
    [
        (
            "bulk_write",
            "results_history",
            "its history cannot be written, so nothing is removed: the document database",
        ),
        ("delete_one", "results", "the store does not remove its record: HTTP 403"),
    ],
)
def test_a_database_that_refuses_leaves_the_job_as_it_was(
    world: World, docdb: DocDBServer, endpoint: str, collection: str, said: str
) -> None:
    before, state = world.files.names(), world.connect().job_states(list(world.keys.values()), whole=True)
    docdb.faults.fail(403, 100, collection=collection, endpoint=endpoint)
    (done,) = removed(world, "second")
    docdb.faults.clear()
    assert done.why_not.startswith(said)
    assert world.files.names() == before
    now = world.connect().job_states(list(world.keys.values()), whole=True)
    for one in (*state.values(), *now.values()):
        del one["revision"]
    assert now == state
    assert world.fsck() == []


def test_files_that_cannot_be_removed_are_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pair, key = world.pair, world.keys["second"]
    with monkeypatch.context() as patch:
        patch.setattr(type(pair.bucket), "clear", lambda bucket, files: dict.fromkeys(files, "it is closed"))
        (done,) = Removal(pair, "job", "forgotten", "me").of(forgettable([key], pair, "job").jobs)
    assert done.why_not == (
        "not all of its files could be removed: it is closed; fix that, then `analysis-jobs fsck --repair` removes the "
        "rest"
    )


def test_a_job_without_a_state_is_removed_as_well(world: World) -> None:
    key = world.keys["second"]
    assert not world.connect().remove("state", [key])
    assert [one.why_not for one in removed(world, "second")] == [""]
    assert files_of(world, "second") == []
    assert (world.connect().records([key]), world.connect().job_states([key])) == ({}, {})


def test_many_take_as_few_steps_as_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("claim", "add_history", "remove", "job_states", "recorded"):
        patched(monkeypatch, type(world.connect()), name, asked)
    removed(world, "first")
    of_one, asked[:] = list(asked), []
    removed(world, "second", "third")
    assert asked == of_one


def patched(patch: pytest.MonkeyPatch, owner: type, name: str, asked: list[str]) -> None:
    """Let a method note that it was called."""
    call = getattr(owner, name)

    def noted(*arguments: Any, **options: Any) -> Any:
        asked.append(name)
        return call(*arguments, **options)

    patch.setattr(owner, name, noted)


def test_results_alone_are_removed_only_while_nobody_has_recorded_them(world: World) -> None:
    key = world.keys["second"]
    record = world.record("second")
    store = world.connect()
    assert not store.remove("record", [key])
    (state,) = store.job_states([key], whole=True).values()
    pair = world.pair
    names = pair.bucket.belongings(key, pair.bucket.files(key), recorded=False)
    doomed = Doomed(key, state["revision"], False, names, 1, "x")
    claim = type(store).claim

    def record_first(*arguments: Any) -> set[str]:
        world.connect().insert([record])
        return claim(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(pair.store), "claim", record_first)
        (done,) = Removal(pair, "files", "collected", "me").of([doomed])
    assert done.why_not == "it has been recorded meanwhile"
    world.check_whole()
    now = world.connect().job_states([key], whole=True)[key]
    assert {**now, "revision": ""} == {**state, "revision": ""}
    assert world.fsck() == []
