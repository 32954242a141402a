"""Results of other code that are declared valid, and that again taken back."""

from typing import Any

import pytest
from support.samples import Connect

from analysis_jobs.store.adopt import adopt, withdraw
from analysis_jobs.store.protocol import JobState, Store
from analysis_jobs.store.states import new_owner, pending

PARTS = {"key_version": 1, "inputs": ["in"], "parameters": {"a.b": 1}, "code": "sha256:n3w"}


@pytest.fixture
def store(connect: Connect) -> Store:
    return connect()


def decision(key: str, *older: str) -> dict[str, Any]:
    return {"key": key, "parts": PARTS, "older": list(older)}


def state_of(key: str, store: Store) -> JobState:
    return store.job_states([key], whole=True)[key]


def test_the_newest_record_is_named_with_who_and_why(store: Store) -> None:
    assert adopt([decision("k", "new", "old"), decision("none")], store, "me", "a comment") == (["k"], {})
    state = state_of("k", store)
    assert (state["state"], state["parts"]) == ("done", PARTS)
    assert {name: state["adopted"][name] for name in ("record", "by", "why")} == {
        "record": "new",
        "by": "me",
        "why": "a comment",
    }
    assert store.job_states(["none"]) == {}


def test_what_was_withdrawn_may_be_adopted_again(store: Store) -> None:
    adopt([decision("k", "old")], store, "me", "why")
    assert withdraw(["k", "never adopted"], store, "you", "no") == (["k"], {})
    state = state_of("k", store)
    assert (state["state"], state["withdrawn"]["record"], state["withdrawn"]["by"]) == ("withdrawn", "old", "you")
    assert adopt([decision("k", "old")], store, "me", "still") == (["k"], {})


def test_what_changes_meanwhile_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "job_states", lambda keys, **_: {})  # as it was asked a moment before
    store.claim([pending("k", 1, PARTS, new_owner("another", None), 1)], {})
    assert adopt([decision("k", "old")], store, "me", "why") == ([], {"k": "its state changed meanwhile; try again"})
