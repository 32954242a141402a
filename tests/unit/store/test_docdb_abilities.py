"""What is done where the service behind the address of DocDB lacks something that is relied on."""

import json
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.faults import LACKS
from support.samples import ANALYSIS, job_text, run_script, write_files
from support.shelf import Shelf, command

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.docdb_abilities import ALL, ALLOW, Abilities
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state, pending

A, B = {"session": "a", "process": None}, {"session": "b", "process": None}
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
PARTS = {"key_version": 1, "inputs": ["in"], "parameters": {"a.b": 1}, "code": "sha256:c0de"}
# With these, one promise is not
BROKEN = {
    ("conditions",): "may both run it",
    ("$setOnInsert", "one _id"): "may both run a new job",
    ("upsert as text", "conditions"): "may both run it",
}


def opened(*, checked: bool = False) -> Store:
    store = open_store("docdb")
    if checked:
        store.check(write=True)
    return store


def seen() -> Abilities:
    """What a launch sees the service do."""
    return opened(checked=True)._writer.abilities


def remembered() -> Abilities:
    """What the processes after it take it for."""
    return opened()._writer.abilities


def ids(server: DocDBServer) -> set[str]:
    return {one["_id"] for one in server.collection("results_jobs").find()}


def claim_of(owner: dict[str, str | None], key: str = "k") -> dict[str, object]:
    return pending(key, 1, PARTS, owner, 1)


def test_where_nothing_is_missing_nothing_is_left(server: DocDBServer) -> None:
    assert seen() == ALL
    assert ids(server) == set()


def test_what_a_launch_that_died_has_left_is_removed(server: DocDBServer) -> None:
    server.collection("results_jobs").insert_one({"_id": ".analysis-jobs probe", "made": "x"})
    assert seen() == ALL
    assert ids(server) == set()


@pytest.mark.parametrize("lack", sorted(LACKS))
def test_what_is_ours_is_seen_by_nobody(
    server: DocDBServer, lack: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOW, "1")
    server.faults.lacks.add(lack)
    store = opened(checked=True)
    opened(checked=True)  # the next launch finds what this one left
    assert len(ids(server)) <= 4
    assert all(one.startswith(".analysis-jobs ") for one in ids(server))
    assert (list(store.states()), list(store.pending()), store.keys("")) == ([], [], [])
    Shelf(store, open_bucket(str(tmp_path / "analyses")), tmp_path / "results of jobs").done(["in"], {"x": 1})
    assert len(command(capsys, "list", "--json", "--store", "docdb").lines) == 1
    said = command(capsys, "fsck", "--store", "docdb", "--bucket", str(tmp_path / "analyses"))
    assert (said.code, said.out.splitlines()[-1]) == (0, "bucket and store agree")
    assert command(capsys, "state", "--store", "docdb").err == ""


@pytest.mark.parametrize(("lacks", "promise"), BROKEN.items(), ids=map(str, BROKEN))
def test_a_promise_that_cannot_be_kept(
    server: DocDBServer, lacks: tuple[str, ...], promise: str, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    server.faults.lacks.update(lacks)
    with pytest.raises(InvalidInput, match=rf"^the document database .* {promise}.*; launch .* with {ALLOW}=1"):
        opened(checked=True)
    monkeypatch.setenv(ALLOW, "1")
    store = opened(checked=True)
    assert promise in caplog.text
    monkeypatch.delenv(ALLOW)
    other = opened()  # RECORD is not asked again
    assert store.claim([claim_of(A)], {}) == {"k"}
    assert other.claim([claim_of(B)], {}) == set()
    assert other.claim([claim_of(B)], other.job_states(["k"])) == {"k"}
    other.settle([new_state("k", "done", 1, PARTS, owner=B)], "b")
    assert other.job_states(["k"])["k"]["state"] == "done"


def test_a_service_that_learns_is_taken_at_its_best(server: DocDBServer) -> None:
    server.faults.lacks.add("$setOnInsert")
    assert not seen().create
    assert not remembered().create
    server.faults.lacks.clear()
    assert seen() == remembered() == ALL


def test_launches_at_the_same_moment_do_not_mislead_each_other(server: DocDBServer) -> None:
    from threading import Thread

    found = []
    threads = [Thread(target=lambda: found.append(seen())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ALL] * 6
    assert ids(server) == set()


@pytest.mark.parametrize("lack", sorted(LACKS))
def test_a_launch_without(server: DocDBServer, lack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.faults.lacks.add(lack)
    jobs = {"jobs/a.json": job_text("a"), "jobs/b.json": job_text("b")}
    analysis = ANALYSIS.replace("return", "assert job.inputs != ['b']\n    return", 1)
    write_files(tmp_path, {**jobs, "units.py": analysis})
    if lack == "conditions":
        refused = dedupe(tmp_path, tmp_path / "refused")
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1 and ALLOW in refused.stderr
        monkeypatch.setenv(ALLOW, "1")
    for number in (1, 2):
        work = tmp_path / f"launch {number}"
        assert (ended := dedupe(tmp_path, work)).returncode == 0, ended.stderr
        decisions = [json.loads(line) for line in (work / "decisions.jsonl").read_text().splitlines()]
        assert [one["decision"] for one in decisions] == (["run", "run"] if number == 1 else ["done", "run"])
        assert decisions[1]["attempt"] == number
        settled = the_rest(tmp_path, work)
        assert sorted(one["state"] for one in settled) == (["done", "failed"] if number == 1 else ["failed"])
    states = {one["_id"]: one for one in server.collection("results_jobs").find() if one["_id"][0] != "."}
    assert sorted((one["state"], one["attempt"]) for one in states.values()) == [("done", 1), ("failed", 2)]
    assert server.collection("results").count_documents({}) == 1


def dedupe(folder: Path, work: Path):
    work.mkdir()
    given = ["--jobs", folder / "jobs", "--analysis", folder / "units.py", "--session", work.name]
    return run_script("dedupe", *given, "--store", "docdb", "--bucket", folder / "analyses", cwd=work)


def the_rest(folder: Path, work: Path) -> list[dict[str, object]]:
    for batch in sorted((work / "batches").rglob("*.json")):
        ended = run_script("analyze", "--analysis", work / "code", "--batch", batch, "--container", "", cwd=work)
        assert ended.returncode == 0, ended.stderr
        if (work / "jobs").exists():
            (work / "all").mkdir(exist_ok=True)
            for job in (work / "jobs").iterdir():
                job.rename(work / "all" / job.name)
            (work / "jobs").rmdir()
    group = ["--batches", "batches", "--run", "run.json", "--bucket", folder / "analyses"]
    for name, more in (("upload", ["--jobs", "all"]), ("record", ["--uploaded", "uploaded.jsonl", "--store", "docdb"])):
        ended = run_script(name, *group, *more, cwd=work)
        assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in (work / "settled.jsonl").read_text().splitlines()]
