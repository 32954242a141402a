"""`analysis-jobs release`: a run's claims end, and only those."""

import time
from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect, decide, job_text, write_files

from analysis_jobs.store.protocol import Store
from analysis_jobs.store.release import held_claims, release, release_own
from analysis_jobs.store.states import new_owner, new_state, pending

ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}


@pytest.fixture
def store(connect: Connect) -> Store:
    return connect()


def claim(store: Store, session: str, *keys: str, hours: float = 1) -> list[dict[str, Any]]:
    states = [pending(key, 2, {"inputs": ["x.y"]}, new_owner(session, None), hours) for key in keys]
    store.claim(states, {})
    return states


def test_those_that_hold_are_listed(store: Store) -> None:
    claim(store, "one", "1", "2")
    claim(store, "other", "3")
    claim(store, "expired", "4", hours=0)
    store.settle([new_state("5", "done", 1, {}, owner=new_owner("one", None))], "one")
    held = held_claims(store)
    assert {session: sorted(state["key"] for state in states) for session, states in held.items()} == {
        "one": ["1", "2"],
        "other": ["3"],
    }


def test_released(store: Store) -> None:
    claim(store, "one", "1", "2")
    claim(store, "other", "3")
    assert release(held_claims(store)["one"], store, "me") == {"1", "2"}
    assert held_claims(store).keys() == {"other"}
    state = store.job_states(["1"], whole=True)["1"]
    assert (state["attempt"], state["parts"], state["released"]["by"]) == (2, {"inputs": ["x.y"]}, "me")


@pytest.mark.parametrize("together", [1, 100])
def test_a_launch_ends_its_own_claims_and_no_others(
    store: Store, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis_jobs.store.release.MOST_CLAIMS", together)
    claim(store, "one", "1", "2", "3")
    claim(store, "other", "4")
    store.settle([new_state("3", "done", 1, {}, owner=new_owner("one", None))], "one")
    assert release_own(["1", "2", "3", "4", "5"], store, "one", "me") == 2
    assert held_claims(store).keys() == {"other"}
    states = store.job_states(["1", "3"])
    assert (states["1"]["state"], states["1"]["attempt"], states["3"]["state"]) == ("pending", 2, "done")
    assert not list(store.history()), "which no command has done"


def test_what_was_settled_meanwhile_stays(store: Store) -> None:
    (state,) = claim(store, "one", "1")
    held = held_claims(store)["one"]
    store.settle([new_state("1", "failed", 1, {}, owner=state["owner"], error=ERROR)], "one")
    assert release(held, store, "me") == set()
    assert store.job_states(["1"])["1"]["state"] == "failed"


def test_a_released_run_that_lives_still_settles(store: Store) -> None:
    (state,) = claim(store, "one", "1")
    release(held_claims(store)["one"], store, "me")
    store.settle([new_state("1", "failed", 1, {}, owner=state["owner"], error=ERROR)], "one")
    assert store.job_states(["1"])["1"]["state"] == "failed"


def test_another_run_takes_what_is_free(tmp_path: Path, store: Store) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("a")})
    assert decide(jobs, store, session="one").by_file == {"a.json": "run"}
    assert decide(jobs, store, session="other").by_file == {"a.json": "claimed"}
    assert decide(jobs, store, session="one").by_file == {"a.json": "run"}, "its own -resume"
    release(held_claims(store)["one"], store, "me")
    assert decide(jobs, store, session="other").by_file == {"a.json": "run"}
    assert decide(jobs, store, session="one").by_file == {"a.json": "claimed"}


def test_a_claim_ends_by_itself(tmp_path: Path, store: Store) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("a")})
    decide(jobs, store, session="one", claim_hours=0.5 / 3600)
    end = time.monotonic() + 10
    while decide(jobs, store, session="other").by_file == {"a.json": "claimed"}:
        assert time.monotonic() < end
        time.sleep(0.05)
