"""What a launch asks of DEDUPE: what of it decides whether a job is run."""

import os
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.stages.dedupe.launch import Launch
from analysis_jobs.store.processes import Launcher, process_identity


def launch(**more: Any) -> Launch:
    return Launch(Path("jobs"), "analysis.py", "records.sqlite", "analyses", "session", **more)


@pytest.mark.parametrize(("more", "claim"), [({}, True), ({"plan": True}, False), ({"dry_run": True}, False)])
def test_what_writes_nothing_claims_nothing(more: dict[str, Any], claim: bool) -> None:
    assert launch(**more).rules.claim is claim


def test_the_session_and_the_process_that_launched_own_the_claims() -> None:
    identity = process_identity(os.getppid())
    rules = launch(launcher=identity, living="1 2;3 4").rules
    assert rules.owner == {"session": "session", "process": identity}
    assert rules.launcher == Launcher(identity, frozenset(["1 2", "3 4"]))
    assert launch().rules.owner == {"session": "session", "process": None}
    assert launch().rules.launcher == Launcher(None, None)


def test_older_records_may_be_ignored() -> None:
    given = launch(patch_commits="ABC1234, 'def5678' 0123456 short main", about=("user=me",)).rules
    assert (given.patch_commits, given.by) == (("abc1234", "def5678", "0123456"), "me")
    assert (launch().rules.older, launch(ignore_older_records=True).rules.older) == (True, False)


@pytest.mark.parametrize(
    ("learn", "names"),
    [("", []), ("seconds", ["seconds"]), ("memory_bytes,seconds", ["memory_bytes", "seconds"])],
)
def test_what_tasks_ask_for_may_be_left_to_what_jobs_took(learn: str, names: list[str]) -> None:
    assert launch(learn=learn).learnt == names
