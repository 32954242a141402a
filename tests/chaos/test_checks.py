"""A promise that is broken is found to be."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.lab import Ended

from chaos import checks
from chaos.jobs import JobFile
from chaos.plan import Action, Phase, Round

FILE = JobFile("a.json", "slow", "slow 1", "")
RUN = "0123456789abcdef"


def ended(returncode: int, state: str = "done") -> Ended:
    return Ended(returncode, "", [{"file": "a.json", "key": "k", "state": state, "reason": ""}])


def manifest(run: str = RUN, **changes: Any) -> dict[str, Any]:
    lines = []
    for number in range(3):
        name = f"{number} of run {run}.txt"
        content = f"{name}\n".encode() * 10
        lines.append({"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    lines.append({"path": "analysis.log", "size": 0, "sha256": ""})
    return {"location": "here/k", "outputs": {"run": run}, "files": lines, **changes}


def record(location: str = "here/k", run: str = RUN) -> dict[str, Any]:
    return {"location": location, "processing": {"data_processes": [{"output_parameters": {"run": run}}]}}


def results(published: dict[str, Any], records: dict[str, Any]) -> list[str]:
    return checks.wrong_results([FILE], ended(0).rows, published, records)


def test_a_quiet_launch() -> None:
    assert checks.wrong_account([FILE], ended(0), 0) == []
    assert checks.wrong_account([FILE], ended(1), 0) == []  # it may say that something of it died
    assert checks.wrong_account([FILE], ended(0, "failed"), 0)
    assert checks.wrong_account([FILE], Ended(0, "", []), 0)


def test_a_launch_that_something_was_done_to() -> None:
    assert checks.wrong_account_in_chaos([FILE], Ended(1, "", [])) == []
    assert checks.wrong_account_in_chaos([FILE], ended(1, "failed")) == []
    assert checks.wrong_account_in_chaos([FILE], Ended(0, "", []))
    assert checks.wrong_account_in_chaos([FILE], ended(0, "failed"))
    assert checks.wrong_account_in_chaos([FILE], ended(1, "empty"))


def test_a_job_that_is_run_although_it_has_a_record() -> None:
    runs = [{"name": "slow 1", "launch": 1}, {"name": "slow 1", "launch": 2}]
    assert checks.wrong_runs({1: set(), 2: {"good 2"}}, runs, {}) == []
    (wrong,) = checks.wrong_runs({1: set(), 2: {"slow 1"}}, runs, {1: {"slow 1"}, 2: {"good 2"}})
    assert wrong.startswith("slow 1 was run by launch 2 ")
    assert checks.wrong_runs({1: set(), 2: {"slow 1"}}, runs, {2: {"slow 1"}}) == []  # removed meanwhile


def test_jobs_are_known_by_their_keys() -> None:
    rows = [{"file": "a.json", "key": "k"}, {"file": "b.json", "key": ""}]
    assert checks.names_by_key([FILE], rows) == {"k": "slow 1"}


def test_what_fsck_may_find_is_what_the_plan_leaves() -> None:
    def allowed(**more: Any) -> set[str]:
        phase = Phase((), (), (Action("collect", "store", 0, "seconds", 0, 0, **more),), False, ())
        return checks.findings_allowed(Round(1, "local", (phase,), ()))  # type: ignore[arg-type]

    assert allowed() == {"leftovers"}
    assert allowed(dies=2) == {"leftovers", "half forgotten"}


def test_a_job_that_is_run_twice_in_a_calm_time() -> None:
    runs = [{"name": "slow 1", "launch": 1}, {"name": "slow 1", "launch": 2}]
    assert checks.wrong_repeats([FILE], {2}, runs) == []
    assert checks.wrong_repeats([FILE], {1, 2}, runs) == ["slow 1 was run 2 times in a calm time"]


def test_whole_results() -> None:
    assert results({"k": manifest()}, {"k": record()}) == []


@pytest.mark.parametrize(
    ("published", "records"),
    [
        ({}, {"k": record()}),
        ({"k": manifest()}, {}),
        ({"k": manifest(), "l": manifest()}, {"k": record(), "l": record()}),
        ({"k": manifest()}, {"k": record(location="there/k")}),
        ({"k": manifest()}, {"k": record(run="of another")}),
        ({"k": manifest(files=manifest()["files"][1:])}, {"k": record()}),
        ({"k": manifest(files=manifest()["files"][:3])}, {"k": record()}),
        ({"k": manifest(files=[*manifest("f" * 16)["files"][:1], *manifest()["files"][1:]])}, {"k": record()}),
        ({"k": manifest(files=[{**manifest()["files"][0], "sha256": "0"}, *manifest()["files"][1:]])}, {"k": record()}),
    ],
)
def test_results_that_are_not_as_promised(published: dict[str, Any], records: dict[str, Any]) -> None:
    assert results(published, records)


def test_what_fsck_found() -> None:
    found = {"key": "k", "kind": "leftovers", "detail": "2 files", "harmless": False}
    assert checks.wrong_findings("", set()) == []
    assert checks.wrong_findings(json.dumps(found), {"leftovers"}) == []
    assert checks.wrong_findings(json.dumps(found), set()) == ["fsck: k: leftovers: 2 files"]
    assert checks.wrong_findings(json.dumps({**found, "harmless": True}), set()) == []


def test_a_secret_is_found_wherever_it_is(tmp_path: Path) -> None:
    secrets = {"A": "planted-a", "B": "planted-b"}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(b"\xff planted-a.")
    (tmp_path / "link").symlink_to("nowhere")
    assert checks.leaks(tmp_path, [], secrets) == [f"the secret A is in {tmp_path}/deep/log"]
    assert checks.leaks(tmp_path / "none", [b"x", b'{"y": "planted-b"}'], secrets) == [
        "the secret B is in the bucket or the store"
    ]
