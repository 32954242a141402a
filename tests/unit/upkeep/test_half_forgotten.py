"""Removals that ended before their end: named, and ended or taken back."""

import os

import pytest
from support.deaths import dead_process
from support.upkeep import World

from analysis_jobs.documents import JobState
from analysis_jobs.store.processes import process_identity
from analysis_jobs.store.states import new_owner, pending
from analysis_jobs.upkeep.half_forgotten import half_forgotten, is_half_forgotten, removed_or_given_back

MARK = {"by": "alice", "when": "2026-01-02T00:00:00+00:00", "files": True}


def begun(world: World, *, process: str | None = None, recorded: bool = True, files: bool = True) -> JobState:
    """Let the removal of a job have begun, and its process have ended unless it is given."""
    key, store = world.keys["second"], world.connect()
    (state,) = store.job_states([key], whole=True).values()
    owner = new_owner("forgotten-1", process or dead_process())
    claim = pending(key, 1, state["parts"], owner, 1, forgotten={**MARK, "files": files})
    assert store.claim([claim], {key: state})
    if not recorded:
        assert not store.remove("record", [key])
    return claim


def test_only_one_that_will_not_go_on_is_half_forgotten(world: World) -> None:
    assert is_half_forgotten(begun(world))
    alive = process_identity(os.getpid())
    key, parts = world.keys["first"], {"key_version": 1, "inputs": [], "parameters": {}, "code": ""}
    assert not is_half_forgotten(pending(key, 1, parts, new_owner("x", alive), 1, forgotten=MARK))
    assert is_half_forgotten(pending(key, 1, parts, new_owner("x", alive), 0, forgotten=MARK))
    assert not is_half_forgotten(pending(key, 1, parts, new_owner("x", dead_process()), 1))


def test_where_nothing_was_removed_the_state_is_given_back(world: World) -> None:
    state = begun(world)
    said = half_forgotten(state, world.pair)
    assert said.detail == f"alice began to remove it at {MARK['when']}"
    assert said.remedy == "nothing was removed; --repair restores its state"
    done = removed_or_given_back(said, world.pair)
    assert done is not None and done.repaired
    (now,) = world.connect().job_states([state["key"]], whole=True).values()
    assert (now["state"], "forgotten" in now) == ("done", False)
    assert [note["act"] for note in world.connect().history(state["key"])] == ["state given back"]
    assert removed_or_given_back(said, world.pair) is None
    world.check_whole()


@pytest.mark.parametrize("all_of_it", [True, False])
def test_where_the_record_is_gone_the_rest_goes(world: World, all_of_it: bool) -> None:
    state = begun(world, recorded=False, files=all_of_it)
    said = half_forgotten(state, world.pair)
    assert said.remedy == "--repair or the next launch of the job removes the rest"
    done = removed_or_given_back(said, world.pair)
    assert done is not None and done.repaired
    assert world.connect().job_states([state["key"]]) == {}
    assert any(name.startswith(state["key"]) for name in world.files.names()) is not all_of_it
    (note,) = world.connect().history(state["key"])
    assert note["what"].startswith("the rest of what alice removed: ")


def test_one_that_goes_on_is_left_alone(world: World) -> None:
    begun(world, process=process_identity(os.getpid()), recorded=False)
    assert world.fsck(repair=True) == []
    assert len(world.files.names()) == 15
