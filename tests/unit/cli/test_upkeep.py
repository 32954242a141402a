"""Commands that look after store and bucket: what they say, and their exit status."""

import io
import json
import os
import shlex
from pathlib import Path

import pytest
from support.samples import Connect
from support.shelf import Shelf, command
from support.upkeep import LAUNCH

from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.processes import process_identity
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_owner, pending


def test_runs_with_claims_are_listed_and_released(shelf: Shelf, place, capsys):
    keys = [shelf.claimed([f"in {number}"]) for number in range(2)]
    listed = command(capsys, "release", *place).out.splitlines()
    assert listed[0].startswith("this-run: 2 jobs, since 20")
    assert listed[1] == "1 run has claims"
    assert command(capsys, "release", "this", *place, "--by", "me").out == "2 of 2 jobs of this-run are free\n"
    assert {state["released"]["by"] for state in shelf.store.job_states(keys, whole=True).values()} == {"me"}
    again = command(capsys, "release", "this", *place)
    assert (again.code, again.out) == (2, "")
    hint = shlex.join(["analysis-jobs", "release", *place])
    assert again.err == f"error: 0 runs with claims have a session this...; `{hint}` lists them\n"


def test_a_variable_that_is_not_set_names_no_run(shelf: Shelf, place, capsys):
    key = shelf.claimed(["in"])
    ended = command(capsys, "release", "", *place, "--force")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: 0 runs with claims have a session ...;")
    assert "released" not in shelf.store.job_states([key], whole=True)[key]


def claimed_by(store: Store, session: str, process: str | None) -> None:
    parts = key_parts(["in"], {"a": session}, "x")
    assert store.claim([pending(job_key(parts), 1, parts, new_owner(session, process), 1)], {})


def test_a_run_that_is_alive_is_released_only_if_one_says_so(shelf: Shelf, place, capsys, monkeypatch):
    me = process_identity(os.getpid())
    claimed_by(shelf.store, "alive", me)
    claimed_by(shelf.store, "ended", f"{' '.join(str(me).split()[:3])} 1")
    claimed_by(shelf.store, "elsewhere", None)
    listed = command(capsys, "release", *place).out.splitlines()
    assert sorted(line.rpartition(" (")[2] for line in listed[:3]) == [
        f"alive, process {os.getpid()})", "ended)", "not visible from here)",
    ]  # fmt: skip
    refused = command(capsys, "release", "alive", *place)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        f"error: run alive is alive, process {os.getpid()}: another launch would run its jobs a second "
        "time; end it first, or give --force\n"
    )
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    said = command(capsys, "release", "alive", *place)
    assert said.code == 1
    assert "Free them? [y/N]: " in said.out
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert command(capsys, "release", "alive", *place).out.endswith("1 of 1 job of alive is free\n")
    claimed_by(shelf.store, "alive too", me)
    assert command(capsys, "release", "alive too", *place, "--force").out == "1 of 1 job of alive too is free\n"
    for session in ("ended", "elsewhere"):
        assert command(capsys, "release", session, *place).out == f"1 of 1 job of {session} is free\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_a_plan_names_is_adopted_and_withdrawn(shelf: Shelf, place, capsys, tmp_path: Path):
    old, (mine, other) = shelf.done(["in"], {"a": 1}), (key_parts(["in"], {"a": 1}, code) for code in "xy")
    decided = {"file": "a.json", "decision": "run", "reason": "new"}
    lines = [{**decided, "key": job_key(parts), "parts": parts, "older": [old]} for parts in (mine, other)]
    plan = tmp_path / "decisions.jsonl"
    plan.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {**decided, "decision": "invalid"}]))
    one = ["--key", job_key(mine)[:12]]
    said = command(capsys, "adopt", plan, "--why", "a comment", *one, *place)
    assert (said.code, said.out) == (0, f"{job_key(mine)} adopted\n1 of 1 job adopted\n"), said.err
    said = command(capsys, "adopt", plan, "--why", "no", "--withdraw", *place)
    assert said.out == f"{job_key(mine)} withdrawn\n1 of 2 jobs withdrawn\n"


def test_an_adoption_that_is_refused(shelf: Shelf, place, capsys, tmp_path: Path):
    key = shelf.claimed(["in"])
    plan = tmp_path / "decisions.jsonl"
    decided = {"file": "a.json", "decision": "run", "reason": "new"}
    plan.write_text(json.dumps({**decided, "key": key, "parts": key_parts(["in"], {}, "x"), "older": ["old"]}))
    said = command(capsys, "adopt", plan, "--why", "a comment", *place)
    assert (said.code, said.out) == (1, "0 of 1 job adopted\n")
    assert said.err.startswith(f"{key} refused: run this-run has been running it since")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/etc/passwd"], "/etc/passwd, line 1 is not a decision of a plan: it is not JSON"),
        (["PLAN", "--key", "nomatch"], "no job in PLAN has a key nomatch..."),
        (["PLAN", "--key", ""], "'' is not the beginning of a key"),
        (["PLAN", "--withdraw"], "none of 1 job has been adopted"),
        (["PLAN"], "for no job that was asked for, PLAN names results of other code"),
        (["NONE"], "NONE cannot be read (No such file or directory)"),
        (["EMPTY"], "no job in EMPTY has a key"),
    ],
)
def test_adopting_nothing_is_a_mistake(shelf: Shelf, place, capsys, tmp_path: Path, words, said: str):
    parts = key_parts(["in"], {"a": 1}, code="x")
    (tmp_path / "PLAN").write_text(
        json.dumps({"file": "a.json", "decision": "run", "reason": "new", "key": job_key(parts), "parts": parts})
    )
    (tmp_path / "EMPTY").write_text("")
    path = words[0] if words[0].startswith("/") else str(tmp_path / words[0])
    ended = command(capsys, "adopt", path, *words[1:], "--why", "a comment", *place)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err.replace(f"{tmp_path}/", "")


@pytest.fixture
def folder(shelf: Shelf, tmp_path: Path) -> list[str]:
    return ["--bucket", str(tmp_path / "analyses")]


def test_bucket_and_store_agree(shelf: Shelf, place, folder, capsys):
    shelf.done(["in"], {"a": 1})
    said = command(capsys, "fsck", *place, *folder)
    assert said.out == (
        f"looked at 1 result (2 files, 14 bytes) in {folder[1]}; 1 of 1 record is in this bucket\n"
        "bucket and store agree\n"
    )
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("other", ["none", "empty", "."])
def test_another_bucket_is_told(shelf: Shelf, place, capsys, tmp_path: Path, other: str):
    key = shelf.done(["in"], {"a": 1}, run=LAUNCH)
    (tmp_path / "empty").mkdir()
    for words in ([], ["--repair"], ["--json"]):
        said = command(capsys, "fsck", *words, *place, "--bucket", tmp_path / other)
        assert said.code == 1
        assert "0 of 1 record is in this bucket, 1 in " in said.out + said.err
        assert "none of the results that the store names is in" in said.err
    assert shelf.store.recorded([key])


def test_nothing_at_all_is_told(shelf: Shelf, place, folder, capsys):
    said = command(capsys, "fsck", *place, *folder)
    assert said.code == 1
    assert said.err.startswith("warning: there is nothing to compare: the store has no record")


def test_what_is_not_ours_is_told_and_no_finding(shelf: Shelf, place, folder, capsys, tmp_path: Path):
    shelf.done(["in"], {"a": 1})
    (tmp_path / "analyses" / "readme.txt").write_text("mine")
    said = command(capsys, "fsck", "--repair", *place, *folder)
    assert said.code == 0
    assert said.out.startswith(f"{folder[1]}: not ours: 1 file, such as readme.txt, beside the folders of keys; never")


def test_what_does_not_fit_is_told_and_repaired(shelf: Shelf, place, folder, capsys, connect: Connect, tmp_path: Path):
    key = shelf.done(["in"], {"a": 1})
    (tmp_path / "analyses" / key / "metadata.nd.json").unlink()
    said = command(capsys, "fsck", *place, *folder)
    assert said.code == 1
    assert said.out.startswith(
        f"{key}: no record beside the files: metadata.nd.json is missing; --repair puts the store's record there\n"
    )
    assert said.out.endswith("1 finding, 0 repaired\n")
    (line,) = command(capsys, "fsck", "--json", *place, *folder).lines
    assert (line["key"], line["repairable"]) == (key, True)
    repaired = command(capsys, "fsck", "--repair", *place, *folder)
    assert (repaired.code, repaired.out.splitlines()[-1]) == (0, "1 finding, 1 repaired")
    assert (
        f"{key}: no record beside the files: metadata.nd.json is missing; repaired: the store's record" in repaired.out
    )


def test_what_the_next_launch_does_is_not_called_agreement(shelf: Shelf, place, folder, capsys):
    key = shelf.done(["in"], {"a": 1}, run=LAUNCH)
    (Path(folder[1]) / key / "analysis.log").unlink()
    assert command(capsys, "fsck", "--repair", *place, *folder).code == 0
    said = command(capsys, "fsck", *place, *folder)
    assert (said.code, said.out.splitlines()[-1]) == (0, "1 job left to the next launch")
    assert f"{key}: damaged file: 1 of " in said.out


def test_a_record_of_no_key_says_how_it_goes(shelf: Shelf, place, folder, capsys):
    shelf.done(["in"], {"a": 1}, run=LAUNCH)
    shelf.store.insert([{"_id": "x", "location": "", "processing": 7}])
    said = command(capsys, "fsck", "--repair", *place, *folder)
    assert said.code == 1
    assert "no job has it: delete the document with this _id there, which no command does" in said.out


def test_a_store_that_is_lost_is_made_again_from_the_bucket(shelf: Shelf, folder, capsys, tmp_path: Path):
    keys = {shelf.done([f"/in/{name}"], {"a": 1}, run=LAUNCH) for name in "ab"}
    new = tmp_path / "new.sqlite"
    new.touch()
    said = command(capsys, "fsck", "--repair", "--by", "alice", "--store", new, *folder)
    assert (said.code, said.out.splitlines()[-1]) == (0, "2 findings, 2 repaired"), said.err
    before, after = said.out.splitlines()[:2]
    assert before.endswith("; --repair records it")
    assert after.endswith("; repaired: it is made again from the manifest")
    store = open_store(str(new))
    assert store.recorded(list(keys)).keys() == keys
    assert {note["by"] for note in store.history()} == {"alice"}
    assert command(capsys, "fsck", "--store", new, *folder).code == 0
