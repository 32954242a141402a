"""A launch as a job of AWS Batch: what AWS would be sent, held against its own model, and what the job runs."""

import json
import re
import shlex
import sqlite3
import subprocess
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from pipeline.conftest import environment, new_lab  # noqa: F401
from support.lab import PROJECT, Lab, Running, published, records
from support.lab import words as words_of

EXAMPLE = PROJECT / "examples" / "aws_batch"
DEFINITION = json.loads((EXAMPLE / "job_definition.json").read_text())
JOB = json.loads((EXAMPLE / "job.json").read_text())
FIRST_JOB = uuid.UUID(int=1)
COMMAND: list[str] = DEFINITION["containerProperties"]["command"]


def policy(name: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a policy of the documents, by their names."""
    statements = json.loads((PROJECT / "docs" / "policies" / f"{name}.json").read_text())["Statement"]
    return {statement["Sid"]: statement for statement in statements}


def problems(request: dict[str, Any], operation: str) -> str:
    """Return what is wrong with a request by the model of AWS that botocore has; empty if nothing is."""
    shape = botocore.session.get_session().get_service_model("batch").operation_model(operation).input_shape
    return str(ParamValidator().validate(request, shape).generate_report())


@pytest.mark.parametrize(("request_", "operation"), [(DEFINITION, "RegisterJobDefinition"), (JOB, "SubmitJob")])
def test_it_is_what_aws_takes(request_: dict[str, Any], operation: str) -> None:
    assert problems(request_, operation) == ""
    assert "Unknown parameter" in problems({**request_, "jobQueues": "x"}, operation)  # so it does look


def test_what_the_model_does_not_say() -> None:
    properties = DEFINITION["containerProperties"]
    asked = {each["type"]: int(each["value"]) for each in properties["resourceRequirements"]}
    assert asked["VCPU"] == 2
    assert asked["MEMORY"] in range(4096, 16384 + 1, 1024)  # what Fargate has with two processors
    assert 21 <= properties["ephemeralStorage"]["sizeInGiB"] <= 200
    assert len(DEFINITION["retryStrategy"]["evaluateOnExit"]) <= 5


def test_placeholders_have_values() -> None:
    named = {word.removeprefix("Ref::") for word in COMMAND if "Ref::" in word}
    assert named == DEFINITION["parameters"].keys() >= JOB["parameters"].keys()
    assert JOB["jobDefinition"] == DEFINITION["jobDefinitionName"]


def test_the_command_is_one_of_the_pipeline() -> None:
    schema = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    known = {name for group in schema for name in group["properties"]}
    given = dict(zip(COMMAND, [*COMMAND[1:], ""], strict=True))
    assert {word[2:] for word in given if word.startswith("--")} <= known
    assert (PROJECT / "conf" / f"{given['-profile']}.config").exists()
    # What functions/elsewhere.nf asks for on AWS Batch
    assert given["-bucket-dir"].startswith("s3://")
    assert "--queue" in given
    images = (
        given["--base_image"],
        DEFINITION["parameters"]["analysis_image"],
        DEFINITION["containerProperties"]["image"],
    )
    assert all("/" in image for image in images)
    assert "AWS_REGION" in {each["name"] for each in DEFINITION["containerProperties"]["environment"]}
    assert DEFINITION["parameters"]["outdir"].startswith("s3://")  # its disk vanishes
    assert JOB["parameters"]["outdir"] != DEFINITION["parameters"]["outdir"]  # of another launch


def test_secrets_are_not_in_the_definition() -> None:
    from analysis_jobs.redaction.names import is_secret_variable

    properties = DEFINITION["containerProperties"]
    assert [each["name"] for each in properties["environment"] if is_secret_variable(each["name"])] == []
    assert [each["name"] for each in properties["secrets"] if not is_secret_variable(each["name"])] == []


def test_the_policies_are_for_these_names() -> None:
    properties, given = DEFINITION["containerProperties"], dict(zip(COMMAND, [*COMMAND[1:], ""], strict=True))
    assert policy("head")["JobRole"]["Resource"] == given["--job_role"]
    assert policy("head-start")["Notify"]["Resource"] == f"{properties['secrets'][0]['valueFrom']}-*"
    definition, queue = policy("submit-head")["Launch"]["Resource"]
    assert definition.endswith(f":job-definition/{DEFINITION['jobDefinitionName']}:*")
    assert queue.endswith(f":job-queue/{JOB['jobQueue']}")
    written = policy("head")["JobsAndAccount"]["Resource"]
    for name in ("jobs", "outdir"):
        place = JOB["parameters"][name].replace("s3://", "arn:aws:s3:::")
        assert any(place.startswith(resource.removesuffix("*")) for resource in written)


def test_the_image_is_made_of_what_there_is() -> None:
    text = (EXAMPLE / "Dockerfile").read_text()
    copied = [shlex.split(line)[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    taken = [
        line[1:] for line in (EXAMPLE / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert sorted(name for names in copied for name in names) == sorted(taken)
    assert [name for name in taken if not (PROJECT / name).exists()] == []
    included = re.findall(r"^includeConfig '([\w/.]+)'", (PROJECT / "nextflow.config").read_text(), re.MULTILINE)
    assert all(name.split("/")[0] in taken for name in included)
    (entry,) = re.findall(r'^ENTRYPOINT \["/opt/aind-analysis-jobs/(.*)"\]$', text, re.MULTILINE)
    assert (PROJECT / entry).stat().st_mode & 0o111


def attempt(lab: Lab, number: str, hold: Path, job: uuid.UUID = FIRST_JOB) -> Running:
    """Start what an attempt at a job runs, on this machine and in a folder in which there is nothing."""
    here = lab.folder / f"attempt {number}"
    here.mkdir()
    places = {"jobs": lab.jobs, "analysis": lab.folder / "analysis.py", "outdir": lab.out}
    words = [*map(str, words_of({**places, "jobs_per_task": 1}))]
    known = {**lab.environment, "HOLD": str(hold), "AWS_BATCH_JOB_ID": str(job), "AWS_BATCH_JOB_ATTEMPT": number}
    log = here / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [EXAMPLE / "head.sh", *words],
            cwd=here,
            env=known,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, log, lab.out / "jobs.tsv")


def let_it_be_of_another_machine(lab: Lab) -> None:
    """Nobody here can see then whether the launch that has claimed jobs is dead."""
    with closing(sqlite3.connect(lab.store)) as store, store:
        store.execute("UPDATE job_states SET document = json_set(document, '$.owner.process', 'elsewhere pid:[1] 7 9')")


@pytest.mark.nextflow
def test_the_next_attempt_takes_up_what_one_has_claimed_that_died(new_lab: Callable[[str], Lab]) -> None:  # noqa: F811
    """Also where nothing of the first one's folder is left, and nobody sees that it has died."""
    lab = new_lab("batch")
    hold = lab.folder / "hold"
    hold.mkdir()
    lab.use("holding.py")
    lab.job("hold analyze")
    first = attempt(lab, "1", hold)
    first.wait_until((hold / "hold analyze reached").exists, "the job is held")
    first.kill()
    let_it_be_of_another_machine(lab)
    (hold / "hold analyze go").touch()
    other = attempt(lab, "7", hold, uuid.UUID(int=2)).wait()
    assert other.states == {"hold analyze.json": "claimed"}, other.said
    ended = attempt(lab, "2", hold).wait()
    assert ended.states == {"hold analyze.json": "done"}, ended.said
    assert ended.returncode == 0
    assert len(published(lab.bucket)) == len(records(lab.store)) == 1
