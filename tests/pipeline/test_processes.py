"""Each process' script on its own, on files in a folder: what it reads, what it writes, how it ends."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support.attempts import attempt_at, write_attempt
from support.lab import (
    HERE,
    PROJECT,
    checked_manifest,
    lines_of,
    outputs_of,
    published,
    records,
    table_rows,
    write_json,
)


class Bench:
    """A folder that the scripts run in, one after the other, as the processes do in theirs."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = {**environment, "RUNS": str(folder / "runs.txt")}
        self.bucket, self.store = folder / "bucket", folder / "store.sqlite"

    def __call__(self, script: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROJECT / "bin" / f"{script}.py", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def dedupe(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        given = ("--jobs", "input", "--analysis", "plain.py", "--store", self.store, "--bucket", self.bucket)
        return self("dedupe", *given, "--session", "mine", *arguments)

    def analyze(self, batch: str) -> "subprocess.CompletedProcess[str]":
        (path,) = (self.folder / "batches").glob(f"{batch}.*")
        return self("analyze", "--analysis", "code", "--batch", path)

    def upload(self) -> "subprocess.CompletedProcess[str]":
        group = ("--batches", "batches", "--jobs", "jobs of the group", "--run", "run.json")
        return self("upload", *group, "--bucket", self.bucket)

    def record(self, *uploaded: str) -> "subprocess.CompletedProcess[str]":
        given = ("--batches", "batches", "--run", "run.json", "--bucket", self.bucket, "--store", self.store)
        return self("record", *given, *uploaded)

    def summarize(self) -> "subprocess.CompletedProcess[str]":
        return self("summarize", "--decisions", "decisions.jsonl", "--settled", "settled")


@pytest.fixture
def bench(tmp_path: Path, environment: dict[str, str]) -> Bench:
    shutil.copy(HERE / "analyses" / "plain.py", tmp_path)
    write_json(tmp_path / "input" / "a.json", {"s3_location": ["a"]})
    write_json(tmp_path / "input" / "b.json", {"s3_location": ["b"]})
    (tmp_path / "input" / "broken.json").write_text("{")
    return Bench(tmp_path, environment)


def well(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_scripts_one_after_the_other(bench: Bench):
    folder = bench.folder

    well(bench.dedupe("--set", "value=2"))
    decisions = {one["file"]: one for one in lines_of(folder / "decisions.jsonl")}
    assert {file: one["decision"] for file, one in decisions.items()} == {
        "a.json": "run",
        "b.json": "run",
        "broken.json": "invalid",
    }
    with (folder / "batches" / "batches.csv").open() as file:
        batches = [row["batch"] for row in csv.DictReader(file)]
    assert sorted(batches) == sorted(decisions[f"{name}.json"]["key"][:16] for name in "ab")
    assert json.loads((folder / "run.json").read_text())["owner"]["session"] == "mine"

    group = folder / "jobs of the group"
    group.mkdir()
    for batch in batches:
        well(bench.analyze(batch))
    assert len(list((folder / "jobs").iterdir())) == 2
    for name in "ab":
        job = folder / "jobs" / decisions[f"{name}.json"]["key"]
        attempt = attempt_at(job)
        assert {path.name for path in attempt.iterdir()} == {"results", "analysis.log", "outcome.json"}
        outcome = json.loads((attempt / "outcome.json").read_text())
        assert (outcome["state"], outcome["outputs"]) == ("done", {"value": 2, "label": ""})
        job.rename(group / job.name)

    well(bench.upload())
    assert [one["state"] for one in lines_of(folder / "uploaded.jsonl")] == ["done", "done"]
    assert published(bench.bucket).keys() == {path.name for path in group.iterdir()}
    assert records(bench.store) == {}

    well(bench.record("--uploaded", "uploaded.jsonl"))
    assert {key: outputs_of(record)["value"] for key, record in records(bench.store).items()} == dict.fromkeys(
        published(bench.bucket), 2
    )

    (folder / "settled").mkdir()
    (folder / "settled.jsonl").rename(folder / "settled" / "group0.jsonl")
    assert well(bench.summarize()) == "3 jobs: 2 done, 1 invalid\n"
    assert [row["state"] for row in table_rows(folder / "jobs.tsv")] == ["done", "done", "invalid"]
    assert (folder / "failed.txt").read_text() == "1"
    assert (folder / "report.html").exists()


def one_done(bench: Bench) -> str:
    """Bring one job through ANALYZE, and return its key."""
    (bench.folder / "input" / "b.json").unlink()
    (bench.folder / "input" / "broken.json").unlink()
    well(bench.dedupe())
    (decision,) = lines_of(bench.folder / "decisions.jsonl")
    well(bench.analyze(decision["key"][:16]))
    (bench.folder / "jobs of the group").mkdir()
    (bench.folder / "jobs" / decision["key"]).rename(bench.folder / "jobs of the group" / decision["key"])
    return decision["key"]


def test_what_is_published_and_recorded_stays_when_it_is_done_again(bench: Bench):
    key = one_done(bench)
    well(bench.upload())
    well(bench.record("--uploaded", "uploaded.jsonl"))
    before = {path: path.stat().st_mtime_ns for path in (bench.bucket / key).iterdir()}
    record = records(bench.store)
    # Another run brings other results of the same job
    other = attempt_at(bench.folder / "jobs of the group" / key)
    outcome = json.loads((other / "outcome.json").read_text())
    shutil.rmtree(other)
    write_attempt(other, outcome, {"value.txt": "changed"})
    well(bench.upload())
    assert checked_manifest(bench.bucket / key)
    assert {path: path.stat().st_mtime_ns for path in (bench.bucket / key).iterdir()} == before
    well(bench.record("--uploaded", "uploaded.jsonl"))
    assert records(bench.store) == record


def test_a_bucket_that_cannot_be_written_fails_the_job_and_not_the_task(bench: Bench):
    key = one_done(bench)
    bench.bucket.write_text("this is no folder")
    well(bench.upload())
    (uploaded,) = lines_of(bench.folder / "uploaded.jsonl")
    assert (uploaded["state"], uploaded["error"]["cause"]) == ("failed", "infrastructure")
    assert str(bench.bucket / key) in uploaded["error"]["message"]
    well(bench.record("--uploaded", "uploaded.jsonl"))
    assert records(bench.store) == {}


def test_a_group_whose_upload_died_is_settled_as_failed(bench: Bench):
    key = one_done(bench)
    well(bench.record())
    (settled,) = lines_of(bench.folder / "settled.jsonl")
    assert (settled["key"], settled["state"], settled["error"]["stage"]) == (key, "failed", "upload")


INVALID = {
    "no analysis": (["--analysis", "gone.py"], "there is no analysis at 'gone.py'; give a Python file"),
    "no job files": (["--jobs", "empty"], "the jobs folder holds no *.json file"),
    "a misspelt parameter": (["--set", "valeu=1"], "--set: 'valeu' (given as '1') is not a parameter"),
    "a store that is none": (["--store", "plain.py"], "the store plain.py cannot be opened: file is not a"),
    "a parameters file that is none": (["--parameters", "plain.py"], "the parameters file is not JSON: "),
}


@pytest.mark.parametrize("case", INVALID)
def test_dedupe_ends_with_2_and_one_sentence(bench: Bench, case: str):
    arguments, said = INVALID[case]
    if case == "no job files":
        (bench.folder / "empty").mkdir()
    done = bench.dedupe(*arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"error: {said}")
    assert "Traceback" not in done.stderr
    assert not (bench.folder / "decisions.jsonl").exists()


def test_dedupe_can_write_the_sentence_to_a_file(bench: Bench):
    """So that the pipeline says it in its own words, where a failed task would print its command."""
    well(bench.dedupe("--analysis", "gone.py", "--problem", "problem.txt"))
    assert (bench.folder / "problem.txt").read_text().startswith("there is no analysis at 'gone.py'")


@pytest.mark.parametrize("script", ["dedupe", "analyze", "upload", "record", "summarize"])
def test_every_script_has_help(bench: Bench, script: str):
    assert well(bench(script, "--help")).startswith(f"usage: {script}.py ")
