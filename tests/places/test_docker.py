"""The pipeline in containers of a real engine, launched by an ordinary user: `make test-docker`."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from docs.blocks import blocks_of, blocks_that_need
from docs.checkout import Checkout
from support.lab import PROJECT, Ended, Lab, job_states, outputs_of, published, records, wait_until, write_json

from analysis_jobs import __version__

from .conftest import SOMEONE, give

pytestmark = [pytest.mark.nextflow, pytest.mark.place("docker")]
sys.path.insert(0, str(PROJECT / "examples"))
HERE = Path(__file__).parent
IMAGE = f"isi-violations:{__version__}"


def owner() -> int:
    return SOMEONE if os.getuid() == 0 else os.getuid()


def image_id(name: str) -> str:
    command = ["docker", "image", "inspect", "-f", "{{.Id}}", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def run(lab: Lab, **parameters: Any) -> Ended:
    give(lab)
    return lab.run("-profile", "docker", **parameters)


# The main job: recordings of this machine, results and records on this machine


@pytest.fixture(scope="module")
def lab(someones_lab) -> Lab:
    from generate_sessions import generate_sessions

    lab = someones_lab("main job")
    for number, (session, _) in enumerate(generate_sessions(lab.folder / "recordings", 3)):
        lab.job(f"session {number}", str(session))
    return lab


def analyze_sessions(lab: Lab, **parameters: Any) -> Ended:
    given = {"analysis": PROJECT / "examples" / "isi_violations" / "analysis.py", **parameters}
    return run(lab, analysis_image=IMAGE, mount="recordings", **given)


@pytest.fixture(scope="module")
def ended(lab: Lab) -> Ended:
    return analyze_sessions(lab)


def test_jobs_run_in_their_image(lab: Lab, ended: Ended):
    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}
    assert len(ended.states) == len(records(lab.store)) == len(published(lab.bucket)) == 3


def test_the_record_names_the_image_by_its_digest(lab: Lab, ended: Ended):
    commit = subprocess.run(["git", "-C", PROJECT, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    for record in records(lab.store).values():
        (process,) = record["processing"]["data_processes"]
        container = process["code"]["container"]
        assert (container["uri"], container["tag"]) == ("isi-violations", f"{__version__}@{image_id(IMAGE)}")
        assert process["code"]["version"] == process["code"]["commit_hash"] == commit
        assert process["code"]["url"].endswith("/aind-analysis-jobs")
        (pipeline,) = record["processing"]["pipelines"]
        assert pipeline["commit_hash"] == commit


def test_every_file_belongs_to_whoever_launched(lab: Lab, ended: Ended):
    others = [path for path in lab.folder.rglob("*") if path.lstat().st_uid != owner()]
    assert [path for path in others if not path.name.startswith("launch-")] == []


def test_with_resume_nothing_that_was_computed_is_computed_again(lab: Lab, ended: Ended):
    elsewhere = {"bucket": "other bucket", "store": "other store/records.sqlite", "outdir": "OTHER"}
    again = analyze_sessions(lab, resume=True, **elsewhere)
    assert again.returncode == 0, again.said
    assert again.cached == {"ANALYZE": 3}
    assert (
        len(published(lab.folder / "other bucket")) == len(records(lab.folder / "other store" / "records.sqlite")) == 3
    )


def test_the_next_launch_finds_them_done(lab: Lab, ended: Ended):
    again = analyze_sessions(lab)
    assert again.returncode == 0, again.said
    assert again.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    assert all(row["reason"].startswith("done before") for row in again.rows)


def test_an_analysis_that_is_part_of_the_image(lab: Lab, ended: Ended):
    ended = analyze_sessions(lab, analysis="analysis", outdir="MODULE")
    assert ended.returncode == 0, ended.said
    assert set(ended.states.values()) == {"done"}


def test_a_plan_leaves_no_record(lab: Lab, ended: Ended):
    ended = analyze_sessions(lab, plan=True, outdir="PLAN")
    assert ended.returncode == 0, ended.said
    assert "3 jobs: 3 to run" in ended.said or "3 run" in ended.said
    assert not (lab.folder / "PLAN" / "records.sqlite").exists()


# What an analysis sees


def test_an_analysis_sees_what_it_was_given_and_no_credentials(someones_lab):
    lab = someones_lab("seeing")
    (lab.folder / "analysis.py").write_text((HERE / "analyses" / "seeing.py").read_text())
    shown, hidden = lab.folder / "shown" / "a.nwb", lab.folder / "hidden" / "b.nwb"
    for path in (shown, hidden):
        path.parent.mkdir()
        path.write_text("")
    lab.job("a", [str(shown), str(hidden), str(lab.bucket), str(lab.store), str(PROJECT / "README.md")])
    ended = run(lab, mount=shown.parent, env={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "a" * 20})
    assert ended.returncode == 0, ended.said
    (record,) = records(lab.store).values()
    told = outputs_of(record)
    assert told == {"user": owner(), "seen": [str(shown)], "secrets": [], "recordings_writable": False}


# Results in S3


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real S3 server with a bucket `results`, and the environment that finds it."""
    who = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "something secret"}
    keys = [{"accessKey": who["AWS_ACCESS_KEY_ID"], "secretKey": who["AWS_SECRET_ACCESS_KEY"]}]
    actions = ["Admin", "Read", "Write", "List"]
    write_json(tmp_path / "s3.json", {"identities": [{"name": "me", "credentials": keys, "actions": actions}]})
    ports = {"s3.port": 18341, "master.port": 18342, "volume.port": 18343, "filer.port": 18344}
    command = ["weed", "server", f"-dir={tmp_path}", "-ip=127.0.0.1", "-s3", f"-s3.config={tmp_path}/s3.json"]
    command += [f"-{name}={port}" for name, port in ports.items()]
    environment = {**who, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3.port']}", "AWS_REGION": "us-east-1"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        client = client_of(environment)
        try:
            wait_until(lambda: has_bucket(client), "the S3 server has a bucket")
            yield environment
        finally:
            server.kill()


def client_of(environment: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def has_bucket(client: Any) -> bool:
    try:
        client.create_bucket(Bucket="results")
    except (BotoCoreError, ClientError):
        return False
    return True


def test_results_go_to_s3_with_the_credentials_of_the_launch(someones_lab, s3: dict[str, str]):
    lab = someones_lab("s3")
    (lab.folder / "analysis.py").write_text((HERE / "analyses" / "seeing.py").read_text())
    lab.job("a")
    options = lab.folder / "options.config"
    options.write_text("docker.runOptions = '--network host -u $(id -u):$(id -g)'\n")
    give(lab)
    ended = lab.run("-profile", "docker", "-c", str(options), bucket="s3://results/here", env=s3)
    assert ended.returncode == 0, ended.said
    (row,) = ended.rows
    assert row["location"].startswith(f"s3://results/here/{row['key']}")
    listed = client_of(s3).list_objects_v2(Bucket="results")["Contents"]
    assert any(entry["Key"].endswith("/manifest.json") for entry in listed)
    (record,) = records(lab.store).values()
    assert outputs_of(record)["secrets"] == []


# What goes wrong

FAILURES = {
    "raise": "analysis: RuntimeError: the probe is <b>broken</b>",
    "exit": "analysis: SystemExit: the analysis called sys.exit(3)",
    "kill": "infrastructure: SIGKILL: the process of the analysis was killed by SIGKILL: out of memory,",
    "segfault": "analysis: SIGSEGV: the process of the analysis was killed by SIGSEGV",
    "nan": "analysis: BadOutcome: the output total is nan",
}


def test_failures_are_told_as_they_are_outside_containers(someones_lab):
    lab = someones_lab("failures")
    lab.use("failing.py")
    for how in (*FAILURES, "not", "nothing"):
        lab.job(how, distributed_parameters={"how": how})
    options = lab.folder / "options.config"
    options.write_text("docker.runOptions = '-u $(id -u):$(id -g) -e RUNS=/dev/null'\n")
    give(lab)
    ended = lab.run("-profile", "docker", "-c", str(options))
    assert ended.returncode == 1
    for how, reason in FAILURES.items():
        assert ended.row(f"{how}.json")["reason"].startswith(reason)
    assert (ended.row("not.json")["state"], ended.row("nothing.json")["state"]) == ("done", "empty")
    assert ended.tasks["ANALYZE"] == len(FAILURES) + 2 + 1  # the killed one twice


def test_an_image_that_is_not_there_is_named(someones_lab):
    lab = someones_lab("no image")
    lab.use("plain.py")
    lab.job("a")
    ended = run(lab, base_image="no-such-image:1")
    assert ended.returncode == 1
    assert "no-such-image:1" in ended.said


def test_json_of_the_environment_is_whole(lab: Lab, ended: Ended):
    for manifest in published(lab.bucket).values():
        environment = manifest["environment"]
        assert environment["container"] == f"{IMAGE}@{image_id(IMAGE)}"
        assert "matplotlib" in environment["packages"]
        assert "pytest" not in environment["packages"]
        json.dumps(environment)


def test_the_commands_of_the_documents(checkout: Checkout):
    (dockerfile,) = (block.text for block in blocks_of("docs/places.md") if block.language == "dockerfile")
    folder = checkout.folder / "unit_filter"
    folder.mkdir()
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "requirements.txt").write_text("")
    made = "git init -q && git -c user.name=me -c user.email=me@example.org commit -q --allow-empty -m one"
    subprocess.run(made, cwd=folder, shell=True, check=True)
    # With the options that this engine needs to build anything; and the images know the commit of this project
    ours = ("tools/build-images", f"'{PROJECT}/tools/build-images' $DOCKER_BUILD")
    image = ("analysis-jobs image", "analysis-jobs image $(printf -- '--option=%s ' $DOCKER_BUILD)")
    built = (("docker build", "docker build $DOCKER_BUILD"), ours, image)
    blocks = blocks_that_need("docker")
    for before, after in built:
        blocks = [dataclasses.replace(block, text=block.text.replace(before, after)) for block in blocks]
    assert blocks
    ended = checkout.bash(blocks)
    assert ended.returncode == 0, ended.stdout
    assert sum(line.startswith("3 jobs: 3 done") for line in ended.stdout.splitlines()) == len(blocks)


# A launch that died


def test_the_next_launch_sees_that_one_has_died_and_takes_its_jobs_at_once(someones_lab):
    """From within a container its process cannot be seen: the host is asked."""
    lab = someones_lab("died")
    lab.use("waiting.py")
    lab.job("60")
    give(lab)
    first = lab.start("-profile", "docker")
    first.wait_until(
        lambda: any("pending" in state["state"] for state in job_states(lab.store).values()), "it is claimed"
    )
    alive = lab.run("-profile", "docker", plan=True, outdir="PLAN", store=lab.store)
    assert "1 claimed" in alive.said
    first.kill()
    lab.use("waiting.py")
    after = lab.run("-profile", "docker", plan=True)
    assert "1 to run" in after.said, after.said
    assert "an earlier run did not finish it" in (lab.out / "decisions.jsonl").read_text()
