"""Inputs looked at before anything starts: missing ones, and those that have changed since they were read."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.samples import Connect, Decided, decide, job_text, outcome, published, write_files

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.recordings.looked import Looked
from analysis_jobs.stages.dedupe import input_check
from analysis_jobs.stages.dedupe.input_check import InputRules
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.protocol import Store

HERE = InputRules("exists")
NEW = "the store has its record"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings, and the jobs of three."""
    write_files(tmp_path, {"data/a.nwb": "12345", "data/b.nwb": "12345"})
    for name in ("a", "b", "gone"):
        write_files(tmp_path, {f"jobs/{name}.json": job_text(f"{tmp_path}/data/{name}.nwb")})
    return tmp_path


def check(folder: Path, rules: InputRules, store: Store | None = None, **more: Any) -> Decided:
    return decide(folder / "jobs", store, inputs=rules, **more)


def test_a_missing_input_makes_its_job_invalid_and_no_other(folder: Path) -> None:
    decided = check(folder, HERE)
    assert decided.by_file == {"a.json": "run", "b.json": "run", "gone.json": "invalid"}
    line = decided.line("gone.json")
    assert line["reason"] == (
        f"gone.json: the input {folder}/data/gone.nwb is missing: nothing is there; correct the location, or restore "
        "the file"
    )
    assert line["inputs"] == [f"{folder}/data/gone.nwb"]
    assert len(decided.planned.jobs) == 2
    assert decided.notes == []


def test_a_pipe_is_no_input(folder: Path) -> None:
    os.mkfifo(folder / "data" / "gone.nwb")
    decided = check(folder, HERE)
    assert decided.by_file == {"a.json": "run", "b.json": "run", "gone.json": "invalid"}
    assert decided.line("gone.json")["reason"] == (
        f"gone.json: the input {folder}/data/gone.nwb cannot be read: it is a pipe, not a file; give a file or a folder"
    )
    elsewhere = check(folder, InputRules("exists", seen=()))
    assert elsewhere.by_file["gone.json"] == "run"
    (note,) = elsewhere.notes
    assert note.endswith("jobs run elsewhere, and here it is a pipe, not a file")


def test_all_that_are_missing_of_a_job_are_counted(tmp_path: Path) -> None:
    write_files(tmp_path, {"jobs/a.json": job_text("/none/a", "/none/b", "/none/c")})
    assert (
        "the input /none/a is missing: nothing is there (and 2 more of its inputs);"
        in check(tmp_path, HERE).line("a.json")["reason"]
    )


def test_files_go_before_assets(folder: Path) -> None:
    write_files(
        folder, {"jobs/c.json": job_text("/none/asset", file_location=[f"{folder}/data/c.nwb"]), "data/c.nwb": ""}
    )
    assert check(folder, HERE).by_file["c.json"] == "run"


@pytest.mark.parametrize("check_inputs", ["auto", "exists", "identity"])
def test_what_cannot_be_told_runs(tmp_path: Path, check_inputs: str) -> None:
    write_files(
        tmp_path, {"jobs/a.json": '{"s3_location": ["test"], "asset_id": ["test"]}', "jobs/b.json": job_text("x/y")}
    )
    decided = check(tmp_path, InputRules(check_inputs))
    assert decided.by_file == {"a.json": "run", "b.json": "run"}
    assert decided.notes == [
        "whether test and 1 more input can be read is not known before the jobs run: it is not an absolute path"
    ]


def test_no_rights_are_said_and_the_job_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Looked("no rights", "AccessDenied")
    monkeypatch.setattr(Inputs, "look", lambda _, places, identify=False: dict.fromkeys(places, looked))
    decided = check(folder, HERE)
    assert decided.line("a.json")["reason"] == f"new; {folder}/data/a.nwb may not be read from here (AccessDenied)"
    (note,) = decided.notes
    assert note.endswith("and 2 more inputs can be read is not known before the jobs run: no rights (AccessDenied)")


def test_without_a_word_only_the_first_are_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_check, "LOOKED_AT_BY_DEFAULT", 2)
    decided = check(folder, InputRules("auto"))
    assert set(decided.by_file.values()) == {"run"}
    assert decided.notes == [
        "the inputs of 1 more job were not checked: without --check_inputs exists only those of 2 are"
    ]
    assert check(folder, HERE).by_file["gone.json"] == "invalid"
    assert check(folder, InputRules()).by_file["gone.json"] == "run"


def test_a_location_is_asked_once_and_those_of_jobs_that_are_done_are_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    store = connect()
    done(folder, store, open_bucket(str(folder / "analyses")))
    write_files(folder, {"jobs/again.json": job_text(f"{folder}/data/gone.nwb", distributed_parameters={"cutoff": 7})})
    asked: list[str] = []

    def look(_: Inputs, places: list[str], identify: bool = False) -> dict[str, Looked]:
        asked.extend(places)
        return dict.fromkeys(places, Looked("there"))

    monkeypatch.setattr(Inputs, "look", look)
    check(folder, HERE, store)
    assert sorted(asked) == [f"{folder}/data/{name}.nwb" for name in ("b", "gone")]


def done(folder: Path, store: Store, bucket: Bucket) -> str:
    """Let the job of a.nwb be done, as it is now, and return its key."""
    line = check(folder, InputRules(), store, claim=False).line("a.json")
    key, place = line["key"], f"{folder}/data/a.nwb"
    identity = Inputs().look([place], identify=True)[place].identity
    write_files(folder, {"results/x.txt": "old"})
    about = {
        **published(key),
        **outcome(key, inputs_read=[identity], parts={**outcome()["parts"], "inputs": [place]}),
        "job": {"s3_location": [place]},
        "location": bucket.location(key),
    }
    manifest = bucket.publish(key, [ResultFile("x.txt", folder / "results" / "x.txt")], about)  # type: ignore[arg-type]
    record_group(
        [{k: v for k, v in manifest.items() if k != "files"}], bucket, store, {"session": "this-run", "process": None}
    )  # type: ignore[list-item]
    return str(key)


def change(folder: Path) -> None:
    (folder / "data" / "a.nwb").write_text("1234567")
    os.utime(folder / "data" / "a.nwb", ns=(0, 6))


@pytest.fixture
def store(folder: Path, connect: Connect) -> Store:
    return connect()


@pytest.fixture
def bucket(folder: Path) -> Bucket:
    return open_bucket(str(folder / "analyses"))


@pytest.fixture
def key(folder: Path, store: Store, bucket: Bucket) -> str:
    return done(folder, store, bucket)


def test_an_input_that_is_as_it_was(folder: Path, store: Store, key: str) -> None:
    decided = check(folder, InputRules("identity"), store)
    assert decided.line("a.json")["reason"] == "done before: the store has its record"
    assert decided.by_file == {"a.json": "done", "b.json": "run", "gone.json": "invalid"}
    assert decided.notes == []


def test_an_input_that_has_changed_is_reported(folder: Path, store: Store, key: str) -> None:
    change(folder)
    decided = check(folder, InputRules("identity"), store)
    line = decided.line("a.json")
    assert line["decision"] == "done"
    assert f"; the input {folder}/data/a.nwb has changed since: size 5 → 7 bytes, modified " in line["reason"]
    assert line["reason"].endswith(" → 1970-01-01T00:00:00.000000006Z")
    assert decided.notes == ["an input of 1 job that is done has changed since it was read; decisions.jsonl says how"]
    assert "changed" not in check(folder, HERE, store, claim=False).line("a.json")["reason"]


def test_an_input_that_is_gone_is_reported(folder: Path, store: Store, bucket: Bucket, key: str) -> None:
    (folder / "data" / "a.nwb").unlink()
    for changed in ("report", "rerun"):  # it cannot be computed again
        line = check(folder, InputRules("identity", changed), store, bucket=bucket).line("a.json")
        assert line["decision"] == "done"
        assert line["reason"].endswith(f"; the input {folder}/data/a.nwb is not there any more")
    assert store.records([key])


def test_an_input_that_has_changed_can_fail_the_launch(folder: Path, store: Store, key: str) -> None:
    change(folder)
    line = check(folder, InputRules("identity", "fail"), store).line("a.json")
    assert (line["decision"], line["key"]) == ("invalid", key)
    assert line["reason"].startswith(
        f"a.json: done before, and the input {folder}/data/a.nwb has changed since: size 5"
    )
    assert line["reason"].endswith("; launch with --changed_inputs rerun to compute it again")
    assert store.records([key])


def test_a_job_whose_input_has_changed_can_run_again(folder: Path, store: Store, bucket: Bucket, key: str) -> None:
    change(folder)
    planned = check(folder, InputRules("identity", "rerun"), store, claim=False)
    assert planned.by_file["a.json"] == "run"
    assert store.records([key]) and bucket.manifest(key)  # of a plan
    decided = check(folder, InputRules("identity", "rerun"), store, bucket=bucket)
    line = decided.line("a.json")
    assert (line["decision"], line["attempt"]) == ("run", 1)  # with all attempts before it
    state = store.job_states([key])[key]
    assert (state["state"], state["attempt"], state["opened"]) == ("pending", 1, line["opened"])
    (entry,) = (json.loads(job.entry) for job in decided.planned.jobs if job.key == key)
    assert entry["opened"] == line["opened"]  # or -resume would find what was computed before
    assert not store.records([key])
    assert bucket.manifest(key) is None
    # Whoever dies now leaves a job that the next launch computes, with inputs looked at or not
    again = check(folder, HERE, store, session="another", claim_hours=0.0, launcher=None)
    assert again.by_file["a.json"] == "claimed"
    resumed = check(folder, HERE, store).line("a.json")
    assert (resumed["decision"], resumed["attempt"], resumed["opened"]) == ("run", 1, line["opened"])


def test_what_inputs_were_is_not_known_of_results_of_before(folder: Path, store: Store, key: str) -> None:
    (state,) = store.job_states([key], whole=True).values()
    store.settle([{name: value for name, value in state.items() if name != "inputs_read"}], "this-run")  # type: ignore[misc]
    decided = check(folder, InputRules("identity", "fail"), store)
    assert decided.by_file["a.json"] == "done"
    assert decided.notes == ["what the inputs of 1 job that is done were when they were read is not known"]


def test_where_jobs_run_elsewhere_a_path_is_missing_only_if_they_see_the_same(folder: Path) -> None:
    def by(*seen: str) -> Decided:
        return check(folder, InputRules("exists", seen=seen))

    assert by(str(folder)).by_file["gone.json"] == "invalid"
    for seen in ((), ("/none",), ("/proc",)):
        decided = by(*seen)
        assert decided.by_file["gone.json"] == "run"
        assert decided.notes == [
            f"whether {folder}/data/gone.nwb can be read is not known before the jobs run: jobs run elsewhere, and "
            "here nothing is there"
        ]
