"""Commands that look after store and bucket: what they say, and their exit status."""

import json
import shlex
from pathlib import Path

import pytest
from support.samples import Connect
from support.shelf import Shelf, command

from analysis_jobs.jobs.key import job_key, key_parts


def test_runs_with_claims_are_listed_and_released(shelf: Shelf, place, capsys):
    keys = [shelf.claimed([f"in {number}"]) for number in range(2)]
    listed = command(capsys, "release", *place).out.splitlines()
    assert listed[0].startswith("this-run: 2 jobs, since 20")
    assert listed[1] == "1 runs have claims"
    assert command(capsys, "release", "this", *place, "--by", "me").out == "2 of 2 jobs of this-run are free\n"
    assert {state["released"]["by"] for state in shelf.store.job_states(keys, whole=True).values()} == {"me"}
    again = command(capsys, "release", "this", *place)
    assert (again.code, again.out) == (2, "")
    hint = shlex.join(["analysis-jobs", "release", *place])
    assert again.err == f"error: 0 runs with claims have a session this...; `{hint}` lists them\n"


def test_what_a_plan_names_is_adopted_and_withdrawn(shelf: Shelf, place, capsys, tmp_path: Path):
    old, (mine, other) = shelf.done(["in"], {"a": 1}), (key_parts(["in"], {"a": 1}, code) for code in "xy")
    decided = {"file": "a.json", "decision": "run", "reason": "new"}
    lines = [{**decided, "key": job_key(parts), "parts": parts, "older": [old]} for parts in (mine, other)]
    plan = tmp_path / "decisions.jsonl"
    plan.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {**decided, "decision": "invalid"}]))
    one = ["--key", job_key(mine)[:12]]
    said = command(capsys, "adopt", plan, "--why", "a comment", *one, *place)
    assert (said.code, said.out) == (0, f"{job_key(mine)} adopted\n1 of 1 jobs adopted\n"), said.err
    said = command(capsys, "adopt", plan, "--why", "no", "--withdraw", *place)
    assert said.out == f"{job_key(mine)} withdrawn\n1 of 2 jobs withdrawn\n"


def test_an_adoption_that_is_refused(shelf: Shelf, place, capsys, tmp_path: Path):
    key = shelf.claimed(["in"])
    plan = tmp_path / "decisions.jsonl"
    decided = {"file": "a.json", "decision": "run", "reason": "new"}
    plan.write_text(json.dumps({**decided, "key": key, "parts": key_parts(["in"], {}, "x"), "older": ["old"]}))
    said = command(capsys, "adopt", plan, "--why", "a comment", *place)
    assert (said.code, said.out) == (1, "0 of 1 jobs adopted\n")
    assert said.err.startswith(f"{key} refused: run this-run has been running it since")


@pytest.fixture
def folder(shelf: Shelf, tmp_path: Path) -> list[str]:
    return ["--bucket", str(tmp_path / "analyses")]


def test_bucket_and_store_agree(shelf: Shelf, place, folder, capsys):
    shelf.done(["in"], {"a": 1})
    assert command(capsys, "fsck", *place, *folder).out == "bucket and store agree\n"


def test_what_does_not_fit_is_told_and_repaired(shelf: Shelf, place, folder, capsys, connect: Connect, tmp_path: Path):
    key = shelf.done(["in"], {"a": 1})
    (tmp_path / "analyses" / key / "metadata.nd.json").unlink()
    said = command(capsys, "fsck", *place, *folder)
    assert said.code == 1
    assert said.out.startswith(f"{key}: no record beside the files (--repair ")
    assert said.out.endswith("1 findings, 0 repaired\n")
    (line,) = command(capsys, "fsck", "--json", *place, *folder).lines
    assert (line["key"], line["repairable"]) == (key, True)
    repaired = command(capsys, "fsck", "--repair", *place, *folder)
    assert (repaired.code, repaired.out.splitlines()[-1]) == (0, "1 findings, 1 repaired")
