"""The pipeline with S3 and DocDB: what leaks, who may write, what AIND's own library reads, and outages."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from fakes.proxy import Proxy
from fakes.s3 import S3Server
from support.backends import Remote
from support.lab import STAGES, Ended, Lab, Running, holding_lab

from analysis_jobs import get_docdb_records_partial, list_results_files
from analysis_jobs.aws.s3 import split_url

pytestmark = pytest.mark.nextflow

TOKENS = {"CODEOCEAN_API_TOKEN": "planted-codeocean-token-1", "GIT_ACCESS_TOKEN": "planted-git-token-2"}
ASSET = "s3://in-bucket/asset_000"


class Told:
    """A launch whose ANALYZE may only read, while a profile of its own writes."""

    def __init__(self, lab: Lab, s3: S3Server, docdb: DocDBServer) -> None:
        self.lab, self.remote = lab, Remote(lab, s3, docdb)
        lab.use("telling.py")
        s3.make_bucket(split_url(ASSET)[0])
        s3.client().put_object(Bucket=split_url(ASSET)[0], Key=f"{split_url(ASSET)[1]}/a.nwb", Body=b"12345")
        lab.job("one", ASSET, docdb_record_id=["id-0"], asset_name=["asset_000"])
        lab.job("fails")
        credentials = lab.folder.parent / f"{lab.folder.name}-credentials"
        credentials.write_text(
            f"[writer]\naws_access_key_id = {WRITER.access_key}\naws_secret_access_key = {WRITER.secret_key}\n"
        )
        self.environment = {
            **self.remote.environment,
            **s3.reader_environment,
            **TOKENS,
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        }
        self.ended = lab.run(env=self.environment, write_profile="writer", log_level="debug", **self.remote.parameters)

    def all_that_was_written(self) -> "dict[str, bytes]":
        files = {str(path): path.read_bytes() for path in self.lab.folder.rglob("*") if path.is_file()}
        return files | {f"kept outside {number}": each for number, each in enumerate(self.remote.everything())}


@pytest.fixture(scope="module")
def told(new_lab, s3: S3Server, docdb: DocDBServer) -> Told:
    return Told(new_lab("told"), s3, docdb)


@pytest.fixture
def reading(told: Told, monkeypatch: pytest.MonkeyPatch) -> Told:
    """The environment of somebody who reads what was written."""
    for name, value in told.environment.items():
        monkeypatch.setenv(name, value)
    return told


def test_it_ran(told: Told):
    assert told.ended.states == {"one.json": "done", "fails.json": "failed"}, told.ended.said
    assert f"results: OUT, records: {told.remote.parameters['store']}" in told.ended.said
    (record,) = told.remote.records().values()
    assert record["location"].startswith(f"s3://{told.remote.bucket}/some/results/")


def test_the_database_remembers_the_launch(told: Told):
    (launch,) = told.remote.docdb.collection(f"{told.remote.collection}_launches").find()
    assert (launch["state"], launch["counts"]) == ("ended", {"done": 1, "failed": 1})


def test_no_secret_is_written_anywhere(told: Told):
    reader = told.environment["AWS_SECRET_ACCESS_KEY"]
    secrets = [secret.encode() for secret in (WRITER.secret_key, reader, *TOKENS.values())]
    files = told.all_that_was_written()
    assert any(name.endswith(".command.sh") for name in files)
    assert any(b"AWS_SECRET_ACCESS_KEY" in content for content in files.values()), "the analysis told nothing"
    leaks = [name for name, content in files.items() for secret in secrets if secret in content]
    assert leaks == []


def test_every_process_says_what_it_asked(told: Told):
    """As --log_level debug has it; the test before has looked for secrets in it."""
    said = {"DEDUPE": "DEBUG: the bucket ", "ANALYZE": "DEBUG: run job ", "UPLOAD": "DEBUG: the bucket "}
    said |= {"RECORD": "DEBUG: analysis/", "SUMMARIZE": "INFO: look for images in s3://"}
    scripts = {path: path.read_text() for path in (told.lab.folder / "work").glob("*/*/.command.run")}
    for process, line in said.items():
        logs = [path.with_name(".command.err") for path, text in scripts.items() if f"ANALYSIS:{process}" in text]
        assert logs
        assert all(f"\n{line}" in f"\n{log.read_text()}" for log in logs), process


def test_an_analysis_can_only_read(told: Told):
    (manifest,) = told.remote.published().values()
    assert manifest["outputs"]["wrote"] == "AccessDenied"
    assert "written by an analysis" not in told.remote.s3.objects("public")


def test_aind_s_own_library_reads_the_records(reading: Told):
    """In a process of its own, as fsspec keeps what the environment was when it first connected."""
    code = (
        "import json; from analysis_pipeline_utils.metadata import get_docdb_records_partial as get; "
        "from analysis_pipeline_utils.result_files import list_results_files as files; "
        "parameters = {'analysis_name': 'telling', 'analysis_tag': 'v1', 'cutoff': 0.5}; "
        f"(record,) = get(parameters=parameters, input_data_locations=['{ASSET}'], code_url=''); "
        "print(json.dumps([record, files(record)]))"
    )
    record, files = json.loads(python(code))
    assert record == next(iter(reading.remote.records().values()))
    place = record["location"].removeprefix("s3://")
    names = {"plots", "plots/a plot.txt", "spikes.json", "analysis.log", "metadata.nd.json"}
    assert set(files) - {f"{place}/plots"} == {f"{place}/{name}" for name in names - {"plots"}}


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ours_reads_them_too(reading: Told):
    code = (
        "import json; from analysis_jobs import get_docdb_records_partial as get, list_results_files as files; "
        "(record,) = get(analysis_name='telling', latest_only=True); print(json.dumps([record, files(record)]))"
    )
    record, files = json.loads(python(code))
    assert record["processing"]["data_processes"][0]["output_parameters"]["per_level"] == {"0.5": 1}
    assert files == [f"{record['location']}/{name}" for name in ("analysis.log", "plots/a plot.txt", "spikes.json")]


def test_the_latest_of_each_set_of_inputs_and_parameters(reading: Told, monkeypatch: pytest.MonkeyPatch):
    docdb = reading.remote.docdb
    (record,) = reading.remote.records().values()

    def another(key: str, ended: str, **code: Any) -> dict[str, Any]:
        copy = json.loads(json.dumps(record))
        process = copy["processing"]["data_processes"][0]
        process["end_date_time"] = ended
        process["code"] |= code
        return {**copy, "_id": key, "location": record["location"].replace(record["_id"], key)}

    docdb.collection("many").insert_many(
        [
            another("old", "2026-01-01", version="1"),
            another("new", "2026-01-02", version="2"),
            another("other input", "2026-01-01", input_data=[{"url": "s3://in/x"}]),
            another("other parameters", "2026-01-01", parameters={"analysis_name": "telling", "cutoff": 1}),
        ]
    )
    monkeypatch.setenv("DOCDB_COLLECTION", "many")
    found = [one["_id"] for one in get_docdb_records_partial(latest_only=True)]
    assert sorted(found) == ["new", "other input", "other parameters"]
    assert get_docdb_records_partial(input_data_locations=[f"{ASSET}/"])[0]["_id"] == "new"
    assert [one["_id"] for one in get_docdb_records_partial(code_version="1")] == ["old"]
    assert [one["_id"] for one in get_docdb_records_partial(parameters={"cutoff": 1})] == ["other parameters"]
    assert get_docdb_records_partial(code_url="https://nowhere") == []


def test_records_and_files_of_a_local_run(new_lab):
    lab = new_lab("local_query")
    lab.use("plain.py")
    lab.job("a")
    ended = lab.run()
    (record,) = get_docdb_records_partial(store=str(lab.store), input_data_locations=["a"], latest_only=True)
    assert record["_id"] == ended.rows[0]["key"]
    assert f"{lab.bucket}/{record['_id']}/analysis.log" in list_results_files(record)
    assert get_docdb_records_partial(store=str(lab.store), input_data_locations=["b"]) == []


# Outages


@pytest.fixture
def remote_lab(new_lab, s3: S3Server, docdb: DocDBServer) -> tuple[Lab, Remote, dict[str, str]]:
    lab, env = holding_lab(new_lab, "outage", "a", "b")
    remote = Remote(lab, s3, docdb)
    docdb.clear()
    return lab, remote, {**env, **remote.environment, "ANALYSIS_RETRY_SECONDS": "0.2"}


def test_a_task_that_found_no_service_is_tried_again(remote_lab, docdb: DocDBServer):
    lab, remote, env = remote_lab
    running = lab.start(env=env, **remote.parameters)
    # The first that writes records: it asks twice or thrice in its time
    docdb.faults.fail(503, 3, endpoint="bulk_write", collection=remote.collection)
    running.wait_until(lambda: docdb.faults.pending == 0, "the faults have happened")
    ended = running.wait()
    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}
    assert remote.published().keys() == remote.records().keys() != set()


def held_before_record(remote_lab: tuple[Lab, Remote, dict[str, str]]) -> Running:
    """Launch with a third job, and return when all three are published and are to be recorded."""
    lab, remote, env = remote_lab
    lab.job("hold record")
    running = lab.start(env={**env, "PATH": str(STAGES / "held")}, group_size=10, **remote.parameters)
    running.wait_until((lab.folder / "hold" / "hold record reached").exists, "RECORD begins")
    return running


def test_an_outage_that_lasts_leaves_the_rest_to_the_next_launch(remote_lab, docdb: DocDBServer):
    lab, remote, env = remote_lab
    running = held_before_record(remote_lab)
    docdb.faults.fail(500, 10_000)
    (lab.folder / "hold" / "hold record go").touch()
    ended = running.wait()
    assert ended.returncode == 1
    assert ended.tasks["RECORD"] == 4
    assert set(ended.states.values()) == {"failed"}
    assert all("its RECORD task died, with exit status" in row["reason"] for row in ended.rows)
    assert "\nRECORD: 3 of 3 jobs, 3 failed\n" in ended.said
    assert "SUMMARIZE: the store could not remember how this launch ended: the document database " in ended.said
    docdb.clear()
    again = lab.run(env=env, resume=True, group_size=10, **remote.parameters)
    assert again.returncode == 0, again.said
    assert again.tasks["ANALYZE"] == 0
    assert set(again.states.values()) == {"done"}
    assert remote.published().keys() == remote.records().keys()
    assert set(lab.runs.values()) == {1}


def test_a_job_that_the_database_refuses_is_named_and_the_others_are_done(remote_lab, docdb: DocDBServer):
    lab, remote, _ = remote_lab
    running = held_before_record(remote_lab)
    (refused,) = (key for key, one in remote.published().items() if one["parts"]["inputs"] == ["b"])
    docdb.faults.refuse(refused, error="too strange", bulk_writes=10_000)
    (lab.folder / "hold" / "hold record go").touch()
    ended = running.wait()
    docdb.clear()
    assert ended.returncode == 1
    assert ended.states == {"a.json": "done", "b.json": "failed", "hold record.json": "done"}
    reason = ended.row("b.json")["reason"]
    assert reason.startswith("infrastructure: RefusedByStore: the record could not be written: HTTP 400: ")
    assert "too strange" in reason
    assert remote.records().keys() == remote.published().keys() - {refused}


def test_nothing_is_lost_where_one_of_ten_answers_refuses(new_lab, s3: S3Server, docdb: DocDBServer):
    lab = new_lab("busy")
    lab.use("plain.py")
    for number in range(30):
        lab.job(f"job{number:02}")
    remote = Remote(lab, s3, docdb)
    docdb.clear()
    with Proxy(s3.url) as proxy:
        proxy.slow_down_every(10, 429, 503)
        docdb.faults.fail_every(10, 429, 503)
        env = {**remote.environment, "AWS_ENDPOINT_URL": proxy.url}
        ended = lab.run(env=env, jobs_per_task=5, max_requests=4, **remote.parameters)
        refused, most = proxy.refused, proxy.most_at_a_time
    statuses = {request.status for request in docdb.requests}
    docdb.clear()
    assert ended.returncode == 0, ended.said
    assert list(ended.states.values()) == ["done"] * 30
    assert set(lab.runs.values()) == {1}
    assert len(remote.published()) == 30
    assert remote.published().keys() == remote.records().keys()
    assert refused > 0
    assert {429, 503} <= statuses
    assert 1 < most <= 4


def test_nothing_begins_where_a_service_is_missing(remote_lab):
    lab, remote, env = remote_lab
    ended = lab.run(env={**env, "DOCDB_COLLECTION": ""}, **remote.parameters)
    assert ended.returncode == 1
    assert ended.tasks == {"DEDUPE": 1}
    assert "DOCDB_COLLECTION is not set or empty; set it to the name of your project's collection" in ended.said
    assert "None" not in ended.said


# The command line


def command(lab: Lab, env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("analysis-jobs")
    return subprocess.run([program, *words], cwd=lab.folder, env={**os.environ, **env}, capture_output=True, text=True)


@pytest.mark.parametrize("remote", [False, True], ids=["local", "S3 and DocDB"])
def test_adopt_release_and_fsck(new_lab, request: pytest.FixtureRequest, remote: bool):
    lab, env = holding_lab(new_lab, "commands", "hold analyze")
    place: list[str] = ["--outdir", "OUT"]
    parameters: dict[str, str] = {}
    if remote:
        there = Remote(lab, request.getfixturevalue("s3"), request.getfixturevalue("docdb"))
        env, parameters = {**env, **there.environment}, there.parameters
        place += ["--store", "docdb"]
    running = lab.start(env=env, **parameters)
    running.wait_until(lambda: list((lab.folder / "hold").glob("*reached")), "the job is held")
    listed = command(lab, env, "release", *place)
    assert "1 job, since" in listed.stdout, listed.stderr
    assert listed.stdout.endswith("1 run has claims\n")
    freed = command(lab, env, "release", listed.stdout[:8], *place, "--by", "me", "--force")  # the launch is held
    assert "1 of 1 job of" in freed.stdout, freed.stderr
    (lab.folder / "hold" / "hold analyze go").touch()
    assert running.wait().returncode == 0
    assert command(lab, env, "release", *place).stdout == "0 runs have claims\n"

    agreed = command(lab, env, "fsck", *place)
    assert (agreed.returncode, agreed.stdout.splitlines()[-1]) == (0, "bucket and store agree"), agreed.stderr
    assert "; 1 of 1 record is in this bucket" in agreed.stdout

    code = lab.folder / "analysis.py"
    code.write_text(code.read_text() + "\n# only a comment\n")
    plan = lab.run(env=env, plan=True, **parameters)
    assert "other code has results of the same inputs and parameters" in plan.said
    decisions = ["adopt", "OUT/decisions.jsonl", "--why", "only a comment", *place]
    adopted = command(lab, env, *decisions)
    assert adopted.stdout.endswith("1 of 1 job adopted\n"), adopted.stderr
    again: Ended = lab.run(env=env, **parameters)
    assert set(again.states.values()) == {"done"}
    assert again.tasks["ANALYZE"] == 0
    assert again.rows[0]["reason"].endswith(": only a comment")
    assert command(lab, env, *decisions, "--withdraw").stdout.endswith("1 of 1 job withdrawn\n")
    assert lab.run(env=env, **parameters).tasks["ANALYZE"] == 1


def test_the_command_says_what_is_wrong(new_lab):
    lab = new_lab("wrong_commands")
    ended = command(lab, {}, "fsck")
    assert ended.returncode == 2
    assert ended.stderr == (
        "error: there is no store results/records.sqlite; give --outdir or --store as in the launch of the pipeline\n"
    )
    assert command(lab, {}, "fsck", "--sore").returncode == 2
