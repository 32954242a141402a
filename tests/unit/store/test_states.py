"""Claims: whether the run that holds one still lives, and until when it holds."""

import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from analysis_jobs.store.processes import process_identity
from analysis_jobs.store.states import held_by_another, new_owner, new_state, pending


def claim(session: str = "other", hours: float = 1, process: str | None = None) -> dict[str, object]:
    return pending("k", 1, {"code": "x"}, new_owner(session, process), hours)


def test_a_claim_of_another_holds() -> None:
    times = {"changed": "2026-01-02T03:04:05.678901+00:00", "expires": "2999-01-02T03:04:05.678901+00:00"}
    assert held_by_another({**claim(), **times}, "mine") == (
        "run other has been running it since 2026-01-02T03:04:05+00:00; its claim ends 2999-01-02T03:04:05+00:00"
    )


def test_a_claim_of_this_session_does_not() -> None:
    assert held_by_another(claim("mine"), "mine") == ""


@pytest.mark.parametrize("hours", [0, -1])
def test_an_expired_claim_does_not(hours: float) -> None:
    assert held_by_another(claim(hours=hours), "mine") == ""


def test_a_claim_of_a_dead_run_does_not(child: "subprocess.Popen[bytes]") -> None:
    state = claim(process=process_identity(child.pid) or pytest.skip("this system does not show processes in /proc"))
    assert held_by_another(state, "mine")
    child.kill()
    child.wait()
    assert held_by_another(state, "mine") == ""


@pytest.mark.parametrize("state", ["failed", "done", "empty"])
def test_what_is_settled_is_not_held(state: str) -> None:
    assert held_by_another(new_state("k", state, 1, {}, owner=new_owner("other", None)), "mine") == ""


def test_a_claim_says_when_it_ends() -> None:
    before = datetime.now(UTC)
    state = claim(hours=48)
    assert (
        before + timedelta(hours=48)
        <= datetime.fromisoformat(str(state["expires"]))
        <= datetime.now(UTC) + timedelta(hours=48)
    )
    assert state["_id"] == state["key"] == "k"
    assert (state["state"], state["attempt"], state["parts"]) == ("pending", 1, {"code": "x"})


def test_each_state_has_a_revision_of_its_own() -> None:
    assert len({str(claim()["revision"]) for _ in range(100)}) == 100
