"""DEDUPE's decisions: what is run, what is left, and how often the store is asked."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.samples import decide, job_text, published, write_files

from analysis_jobs import GenericModel
from analysis_jobs.jobs.parameter_sources import ParameterSources
from analysis_jobs.records.build import build_record
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.dedupe import planner as dedupe
from analysis_jobs.store.protocol import JobState
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import new_owner, new_state, pending

OTHER = new_owner("other-run", None)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "records.sqlite")


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    return write_files(tmp_path / "jobs", {"a.json": job_text("in")})


def key_of(jobs: Path) -> str:
    return str(decide(jobs).lines[0]["key"])


def settle(store: SqliteStore, jobs: Path, state: str, attempt: int = 1, **more: Any) -> None:
    store.settle([new_state(key_of(jobs), state, attempt, {}, owner=OTHER, **more)], "other-run")


def failure(stage: str = "analyze", **more: Any) -> dict[str, Any]:
    return {"error": {"stage": stage, "cause": "analysis", "type": "ValueError", "message": "too few", **more}}


def test_new(jobs: Path, store: SqliteStore) -> None:
    (line,) = decide(jobs, store).lines
    assert line == {
        "file": "a.json",
        "decision": "run",
        "reason": "new",
        "key": key_of(jobs),
        "attempt": 1,
        "inputs": ["in"],
        "parameters": {"cutoff": 0.5},
    }


def test_what_people_know_a_job_by_is_decided_and_claimed(tmp_path: Path, store: SqliteStore) -> None:
    group = {"subject_id": "690494", "session_date": "2025-02-04"}
    write_files(tmp_path / "jobs", {"a.json": job_text("s3://in/uuid", asset_name=["raw"], group_metadata=group)})
    known = {"assets": ["raw"], "subject": "690494", "acquired": "2025-02-04"}
    (line,) = decide(tmp_path / "jobs", store).lines
    assert known.items() <= line.items()
    assert known.items() <= store.job_states([line["key"]])[line["key"]].items()


def test_done(jobs: Path, store: SqliteStore) -> None:
    store.insert([{"_id": key_of(jobs), "location": "/bucket/k"}])
    (line,) = decide(jobs, store).lines
    assert (line["decision"], line["location"]) == ("done", "/bucket/k")
    assert line["reason"] == "done before: the store has its record"
    assert line.keys() == {"file", "key", "decision", "reason", "location", "inputs", "parameters"}


def test_what_a_done_job_took_is_told(jobs: Path, store: SqliteStore) -> None:
    store.insert([build_record(published(key_of(jobs)))])
    (line,) = decide(jobs, store).lines
    assert (line["seconds"], line["peak_memory_bytes"]) == (10.0, 160_000_000)


def test_what_came_out_of_a_done_job_is_told(jobs: Path, store: SqliteStore) -> None:
    store.insert([build_record(published(key_of(jobs), outputs={"n": 3, "of": {"rate": 0.5}}))])
    (line,) = decide(jobs, store).lines
    assert line["outputs"] == {"n": 3, "of": {"rate": 0.5}}


def test_long_outputs_are_left_out_and_that_is_said(jobs: Path, store: SqliteStore) -> None:
    store.insert([build_record(published(key_of(jobs), outputs={"n": 3, "spikes": "x" * 5_000}))])
    (line,) = decide(jobs, store).lines
    assert line["outputs"] == {"n": 3}
    assert line["reason"] == (
        "done before: the store has its record; some of its outputs are too long to be shown here, "
        "`analysis-jobs show` has them"
    )


def test_outputs_of_all_jobs_together_are_bounded(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dedupe, "LONGEST_OF_ALL", 20)
    jobs = write_files(tmp_path / "jobs", {f"{name}.json": job_text(name) for name in "abc"})
    for line in decide(jobs).lines:
        store.insert([build_record(published(line["key"], outputs={"number": 1}))])
    lines = decide(jobs, store).lines
    assert [line.get("outputs") for line in lines] == [{"number": 1}, None, None]
    assert lines[2]["reason"] == (
        "done before: the store has its record; its outputs are not shown here, because there are many"
    )


def test_every_valid_job_is_told_with_inputs_and_parameters(tmp_path: Path, store: SqliteStore) -> None:
    files = {"a.json": job_text("x"), "b.json": job_text("x"), "c.json": job_text("y"), "bad.json": "{}"}
    jobs = write_files(tmp_path / "several", files)
    lines = {line["file"]: line for line in decide(jobs, store).lines}
    told = {"a.json": ["x"], "b.json": ["x"], "c.json": ["y"]}
    assert {file: line["inputs"] for file, line in lines.items() if "inputs" in line} == told
    assert all(lines[file]["parameters"] == {"cutoff": 0.5} for file in told)


class Empty:
    """A bucket of which the results of all jobs have gone but those of one."""

    def __init__(self, there: str) -> None:
        self.there = there

    def holds(self, key: str, location: str) -> bool:
        return location.startswith("/bucket/")

    def lacking(self, keys: Sequence[str]) -> set[str]:
        return set(keys) - {self.there}


def test_results_that_are_gone_are_told(tmp_path: Path, store: SqliteStore) -> None:
    """Of those that would lie in the bucket of the launch; the job counts as done all the same."""
    write_files(tmp_path / "jobs", {f"{name}.json": job_text(name) for name in ("gone", "there", "elsewhere")})
    keys = {line["file"]: line["key"] for line in decide(tmp_path / "jobs").lines}
    for name, place in (("gone", "/bucket"), ("there", "/bucket"), ("elsewhere", "/other")):
        key = keys[f"{name}.json"]
        store.insert([build_record(published(key, location=f"{place}/{key}"))])
    decided = decide(tmp_path / "jobs", store, bucket=Empty(keys["there.json"]))
    assert set(decided.by_file.values()) == {"done"}
    reasons = {line["file"]: line["reason"] for line in decided.lines}
    assert reasons["gone.json"] == (
        f"done before: the store has its record, but nothing is at /bucket/{keys['gone.json']}; "
        "`analysis-jobs fsck --repair` opens the job again"
    )
    assert reasons["there.json"] == reasons["elsewhere.json"] == "done before: the store has its record"
    assert decided.planned.gone == [keys["gone.json"]]


def test_a_record_is_all_that_done_needs(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "failed", attempt=3, **failure())
    store.insert([{"_id": key_of(jobs), "location": "/bucket/k"}])
    assert decide(jobs, store).by_file == {"a.json": "done"}


def test_done_without_its_record(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "done", attempt=2)
    (line,) = decide(jobs, store).lines
    assert (line["decision"], line["attempt"]) == ("run", 1)
    assert line["reason"] == "its record was removed from the store"


def test_empty(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "empty", reason="no units")
    (line,) = decide(jobs, store).lines
    assert (line["decision"], line["state"]) == ("done", "empty")
    assert line["reason"] == "done before, with nothing to report: no units"


@pytest.mark.parametrize(
    ("attempt", "error", "rules", "decision", "new_attempt", "reason"),
    [
        (1, {}, {}, "run", 2, "attempt 2 after: ValueError: too few"),
        (2, {}, {}, "run", 3, "attempt 3 after: ValueError: too few"),
        (
            3,
            {},
            {},
            "gave_up",
            3,
            "failed 3 times, the most that --max_attempts 3 allows; last error: ValueError: too few",
        ),
        (3, {}, {"max_attempts": 4}, "run", 4, "attempt 4 after: ValueError: too few"),
        (1, {}, {"max_attempts": 1}, "gave_up", 1, "failed 1 time, the most that --max_attempts 1 allows; last"),
        (1, {}, {"retry_failed": False}, "gave_up", 1, "failed before and --retry_failed is false; last error: Val"),
        (1, {"cause": "infrastructure"}, {}, "run", 2, "attempt 2 after"),
        (1, {"type": None}, {}, "run", 2, "attempt 2 after: too few"),
        (3, {"stage": "upload"}, {}, "run", 3, "attempt 3 after: ValueError: too few"),
        (3, {"stage": "record"}, {}, "run", 3, "attempt 3 after"),
    ],
)
def test_failed(
    jobs: Path,
    store: SqliteStore,
    attempt: int,
    error: dict[str, Any],
    rules: dict[str, Any],
    decision: str,
    new_attempt: int,
    reason: str,
) -> None:
    settle(store, jobs, "failed", attempt, **failure(**error))
    (line,) = decide(jobs, store, **rules).lines
    assert (line["decision"], line["attempt"]) == (decision, new_attempt)
    assert line["reason"].startswith(reason)
    if decision == "gave_up":  # so that the report counts it with those that failed alike
        assert line["error"] == {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "too few"}


@pytest.mark.parametrize(("attempt", "alone"), [(1, False), (2, True)])
def test_a_job_that_died_with_its_batch_is_told_from_others(
    jobs: Path, store: SqliteStore, attempt: int, alone: bool
) -> None:
    settle(store, jobs, "failed", attempt, **failure(batch="1234"))
    (job,) = decide(jobs, store).planned.jobs
    assert job.died_in == (key_of(jobs) if alone else "1234")


def test_a_job_that_failed_alone_is_as_others(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "failed", 1, **failure())
    (job,) = decide(jobs, store).planned.jobs
    assert job.died_in == ""


def claimed(store: SqliteStore, jobs: Path, session: str, hours: float, attempt: int = 2) -> None:
    store.claim([pending(key_of(jobs), attempt, {}, new_owner(session, None), hours)], {})


def test_claimed(jobs: Path, store: SqliteStore) -> None:
    claimed(store, jobs, "other-run", hours=1)
    (line,) = decide(jobs, store).lines
    assert line["decision"] == "claimed"
    assert line["reason"].startswith("run other-run has been running it since ")


@pytest.mark.parametrize(("session", "hours"), [("this-run", 1), ("other-run", 0)], ids=["its own", "expired"])
def test_a_claim_that_does_not_hold_keeps_its_attempt(
    jobs: Path, store: SqliteStore, session: str, hours: float
) -> None:
    claimed(store, jobs, session, hours)
    (line,) = decide(jobs, store).lines
    assert (line["decision"], line["attempt"]) == ("run", 2)
    assert line["reason"] == "an earlier run did not finish it"
    assert store.job_states([key_of(jobs)])[key_of(jobs)]["owner"]["session"] == "this-run"


def test_what_is_to_run_is_claimed(jobs: Path, store: SqliteStore) -> None:
    decide(jobs, store, claim_hours=1)
    (state,) = store.job_states([key_of(jobs)]).values()
    assert (state["state"], state["attempt"], state["owner"]["session"]) == ("pending", 1, "this-run")
    assert state["parts"]["inputs"] == ["in"]
    assert decide(jobs, store, session="another").by_file == {"a.json": "claimed"}


def test_a_plan_claims_nothing(jobs: Path, store: SqliteStore) -> None:
    assert decide(jobs, store, claim=False).by_file == {"a.json": "run"}
    assert store.job_states([key_of(jobs)]) == {}


class Overtaken(SqliteStore):
    """A store in which another run is always a little faster."""

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        super().claim([pending(states[0]["key"], 1, {}, OTHER, 1)], seen)
        return super().claim(states, seen)


def test_what_another_run_claims_meanwhile_is_left_to_it(tmp_path: Path, store: SqliteStore) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("1"), "b.json": job_text("2")})
    decided = decide(jobs, Overtaken(store.path))
    assert decided.by_file == {"a.json": "claimed", "b.json": "run"}
    assert decided.line("a.json")["reason"] == "another run took it at the same moment, or the store refused the claim"
    assert [job.key for job in decided.planned.jobs] == [decided.line("b.json")["key"]]


def test_repeats(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.json": job_text("x"), "b.json": job_text("x/"), "sub/c.json": job_text("x")})
    decided = decide(tmp_path)
    assert decided.by_file == {"a.json": "run", "b.json": "repeat", "sub/c.json": "repeat"}
    assert decided.line("sub/c.json")["reason"] == "the same job as in a.json"
    assert len(decided.planned.jobs) == decided.planned.distinct == 1


def test_repeats_of_a_done_job(jobs: Path, store: SqliteStore) -> None:
    write_files(jobs, {"b.json": job_text("in")})
    store.insert([{"_id": key_of(jobs), "location": "/bucket/k"}])
    decided = decide(jobs, store)
    assert decided.by_file == {"a.json": "done", "b.json": "repeat"}
    assert (decided.planned.jobs, decided.planned.distinct) == ([], 1)


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_chunks_make_no_difference(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    locations = ["a", "b", "a", "c", "b", "a", "d", "d", "e"]
    jobs = write_files(tmp_path / "jobs", {f"{n}.json": job_text(each) for n, each in enumerate(locations)})
    (key,) = (line["key"] for line in decide(jobs).lines if line["file"] == "1.json")
    store.insert([{"_id": key, "location": "/bucket/b"}])
    monkeypatch.setattr(dedupe, "CHUNK", chunk)
    decided = decide(jobs, store)
    assert list(decided.by_file.values()) == [
        "run",
        "done",
        "repeat",
        "run",
        "repeat",
        "repeat",
        "run",
        "repeat",
        "run",
    ]
    assert decided.planned.counts == {"run": 4, "done": 1, "repeat": 4}
    assert decided.planned.distinct == 5


class Counting(SqliteStore):
    """A store that counts how often it is asked, and for how many jobs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.calls: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def recorded(self, keys: Sequence[str]) -> dict[str, Recorded]:
        self._count("recorded", keys)
        return super().recorded(keys)

    def job_states(self, keys: Sequence[str]) -> dict[str, JobState]:
        self._count("job_states", keys)
        return super().job_states(keys)

    def claim(self, states: Sequence[JobState], seen: Mapping[str, JobState]) -> set[str]:
        self._count("claim", states)
        return super().claim(states, seen)

    def _count(self, name: str, what: Iterable[Any]) -> None:
        self.calls[name] += 1
        self.asked[name] += len(list(what))


def test_many_jobs_ask_the_store_in_chunks(jobs: Path, store: SqliteStore) -> None:
    sources = ParameterSources(distributed=tuple({"cutoff": number} for number in range(10_001)))
    counting = Counting(store.path)
    decided = decide(jobs, counting, sources=sources)
    assert decided.planned.counts == {"run": 10_001}
    assert counting.calls == {"recorded": 3, "job_states": 3, "claim": 3}
    assert counting.asked == {"recorded": 10_001, "job_states": 10_001, "claim": 10_001}
    store.insert([{"_id": line["key"], "location": "x"} for line in decided.lines])
    again = Counting(store.path)
    assert decide(jobs, again, sources=sources).planned.counts == {"done": 10_001}
    assert again.calls == {"recorded": 3}


def test_objects_keep_their_order_though_the_key_does_not_know_it(tmp_path: Path) -> None:
    class Steps(GenericModel):
        steps: dict[str, float]

    one, other = ({"steps": dict.fromkeys(names, 1.0)} for names in (["whiten", "bandpass"], ["bandpass", "whiten"]))
    files = {f"{number}.json": job_text("x", distributed_parameters=each) for number, each in enumerate((one, other))}
    decided = decide(write_files(tmp_path, files), specification=Steps)
    assert list(decided.by_file.values()) == ["run", "repeat"]
    ((_, _, text, _),) = decided.planned.jobs
    entry = json.loads(text)
    assert list(entry["given"]["steps"]) == list(entry["parts"]["parameters"]["steps"]) == ["whiten", "bandpass"]


def test_entries_of_a_batch_do_not_depend_on_names_of_files(tmp_path: Path) -> None:
    one = decide(write_files(tmp_path / "1", {"a.json": job_text("x", query=None)})).planned.jobs
    other = decide(write_files(tmp_path / "2", {"b.json": job_text("x", unknown=1)})).planned.jobs
    assert one == other
    ((key, folder, text, _),) = one
    assert (folder, json.loads(text)) == (
        "",
        {
            "key": key,
            "attempt": 1,
            "given": {},
            "job": {"s3_location": ["x"]},
            "parts": {"key_version": 1, "inputs": ["x"], "parameters": {"cutoff": 0.5}, "code": "sha256:c0de"},
        },
    )


def test_what_a_job_ran_out_of_is_planned_and_claimed(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "failed", **failure(type="MemoryError"), asked={"memory_bytes": 3_000, "processors": 1})
    planned = decide(jobs, store).planned
    assert planned.needs == {key_of(jobs): {"memory_bytes": 6_000}}
    assert store.job_states([key_of(jobs)])[key_of(jobs)]["asked"] == {"memory_bytes": 6_000}
    again = decide(jobs, store, session="this-run").planned  # this launch has died
    assert again.needs == planned.needs


def test_a_job_that_failed_otherwise_needs_nothing(jobs: Path, store: SqliteStore) -> None:
    settle(store, jobs, "failed", **failure(), asked={"memory_bytes": 3_000})
    assert decide(jobs, store).planned.needs == {}
    assert "asked" not in store.job_states([key_of(jobs)])[key_of(jobs)]
