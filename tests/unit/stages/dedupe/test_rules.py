"""By which rules a job without a record is run: what its last state says."""

from pathlib import Path
from typing import Any

import pytest
from support.samples import rules_of

from analysis_jobs.jobs.job_files import JobFile
from analysis_jobs.jobs.key import KeyedJob
from analysis_jobs.records.outputs import ShortOutputs
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.rules import decide_by_state
from analysis_jobs.store.states import Owner, new_owner, new_state, pending

MINE, OTHER = new_owner("mine", None), new_owner("other", None)


def decided(state: dict[str, Any] | None, adopted: dict[str, Recorded] | None = None, **rules: Any) -> dict[str, Any]:
    job = Candidate(JobFile(Path("a.json"), "a.json"), {"s3_location": ["in"]}, KeyedJob("k", {}, {}))
    return dict(decide_by_state(job, state, adopted or {}, rules_of("mine", **rules)))


def failed(stage: str = "analyze", attempt: int = 1) -> dict[str, Any]:
    error = {"stage": stage, "cause": "analysis", "type": "ValueError", "message": "oh", "log_tail": "much"}
    return new_state("k", "failed", attempt, {}, owner=OTHER, error=error)


def claim(owner: Owner, hours: float = 1000) -> dict[str, Any]:
    """Return a claim that lasts longer than all tests: cases are made before the first test runs."""
    return pending("k", 2, {}, owner, hours=hours)


def test_without_a_state_it_is_new() -> None:
    assert decided(None)["reason"] == "new"


@pytest.mark.parametrize(
    ("state", "rules", "decision", "attempt"),
    [
        (failed(), {}, "run", 2),
        (failed(attempt=3), {}, "gave_up", 3),
        (failed(attempt=3), {"max_attempts": 4}, "run", 4),
        (failed("upload", attempt=3), {}, "run", 3),
        (failed(), {"retry_failed": False}, "gave_up", 1),
        (new_state("k", "empty", 2, {}, reason="no units"), {}, "done", 2),
        (claim(OTHER), {}, "claimed", 2),
        (claim(MINE), {}, "run", 2),
        (claim(OTHER, hours=0), {}, "run", 2),
        (new_state("k", "done", 2, {}), {}, "run", 1),
    ],
)
def test_the_last_state_decides(state: dict[str, Any], rules: dict[str, Any], decision: str, attempt: int) -> None:
    found = decided(state, **rules)
    assert (found["decision"], found["attempt"]) == (decision, attempt)


def test_a_job_that_was_opened_again_is_so_at_every_attempt() -> None:
    assert decided({**failed(), "opened": "then"})["opened"] == "then"
    assert "opened" not in decided({**failed(attempt=3), "opened": "then"})
    assert "opened" not in decided(failed())


def test_what_was_given_up_has_its_error_without_the_log() -> None:
    assert decided(failed(attempt=3))["error"].keys() == {"stage", "cause", "type", "message"}


def test_an_adopted_record_counts_while_it_is_there() -> None:
    adopted = {"record": "old", "by": "me", "why": "a comment", "when": "2026-01-02"}
    state = new_state("k", "done", 1, {}, adopted=adopted)
    there = decided(state, {"old": Recorded("/bucket/old", outputs=ShortOutputs({"n": 1}))})
    told = {"decision": "done", "location": "/bucket/old", "record": "old", "outputs": {"n": 1}}
    assert told.items() <= there.items()
    assert there["reason"] == "adopted: record old, by me: a comment"
    assert decided(state)["decision"] == "run"
