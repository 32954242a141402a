"""Thirteen secrets in every way out: none of them is in anything that a launch, `try` or `check` leaves or prints."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.inbox import Inbox, inbox
from support.lab import Ended, Lab, lines_of
from support.samples import write_files

pytestmark = pytest.mark.nextflow

LINES = [
    "-----BEGIN PRIVATE KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "bKcwggSjAgEAAoIBAQ",
    "-----END PRIVATE KEY-----",
]
# By their variables; the first ten of the thirteen
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "planted+secret/0123456789=",
    "MY_PRIVATE_KEY": "\n".join([*LINES, ""]),
    "DATABASE_URL": "postgres://bob:planted-database-word@db/x",
    "GITHUB_TOKEN": "ghp_planted0123456789",
    "SESSION_COOKIE": "id=planted-cookie; path=/",
    "DANDI_API_KEY": "planted0dandi0key",
    "DB_PASSWORD": 'it\'s "planted" <&> ü\\n',
    "HTTP_AUTHORIZATION": "Bearer planted.bearer.token",
    "ANALYSIS_NOTIFY": "json://me:planted-mail@127.0.0.1:1/planted-address",  # where nobody is
    "GOOGLE_CREDENTIALS": '{\n  "private_key_id": "planted-google-id",\n  "type": "service_account"\n}',
}
LOGIN, SIGNATURE, PARAMETER = "planted%2Flogin", "planted0signature0of0aws", "planted-parameter-of-a-job"
# What would give any of them away, also a part of it
PARTS = [
    *(
        "planted",
        "ghp_p",
        "Bearer p",
        "it's \\\"pl",
        "%20path",
        *LINES[1:3],
        "dandi0key",
        "0signature0",
        "service_account",
    ),
    "-parameter-of-",
]
WAYS = ["done", "empty", "raise", "note", "class", "exit", "outputs", "names", "file"]
ADDRESS = f"https://bob:{LOGIN}@example.org/a/WAY?versionId=3&X-Amz-Date=20261129&X-Amz-Signature={SIGNATURE}"


def leaks(contents: "dict[str, bytes]") -> list[str]:
    return [f"{part} in {name}" for name, content in contents.items() for part in PARTS if part.encode() in content]


def left_by(lab: Lab, *given: str) -> "dict[str, bytes]":
    """Return all files that launches left, by their names, and their names; but for what the launch was given."""
    paths = [path for path in lab.folder.rglob("*") if path.relative_to(lab.folder).parts[0] not in given]
    names = {f"the name {path}": str(path).encode() for path in paths}
    return names | {str(path): path.read_bytes() for path in paths if path.is_file()}


class Told:
    """A launch whose jobs let all out that they know."""

    def __init__(self, lab: Lab, inbox: Inbox) -> None:
        self.lab, self.inbox = lab, inbox
        lab.use("leaking.py")
        lab.usual["check_inputs"] = "none"  # they are nowhere
        for way in WAYS:
            lab.job(way, ADDRESS.replace("WAY", way))
        lab.job("parameter", ADDRESS.replace("WAY", "parameter"), distributed_parameters={"api_key": PARAMETER})
        lab.job("group", ADDRESS.replace("WAY", "group"), query=f"at {ADDRESS}", group_metadata={"password": PARAMETER})
        lab.job("alone", "https://example.org/a/alone?versionId=3")
        self.environment = {**SECRETS, "ANALYSIS_NOTIFY": inbox.address, "SECRET_NAMES": " ".join(SECRETS)}
        self.ended = lab.run(env=self.environment, jobs_per_task=20, log_level="debug", keep_account=True, reports=True)

    def command(self, *words: object) -> "subprocess.CompletedProcess[str]":
        environment = {**self.lab.environment, **self.environment}
        command = ["analysis-jobs", *map(str, words)]
        return subprocess.run(command, cwd=self.lab.folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def told(new_lab) -> Iterator[Told]:
    with inbox() as found:
        yield Told(new_lab("secrets"), found)


def test_it_ran(told: Told):
    failed = dict.fromkeys(("raise", "note", "class", "exit", "outputs", "names", "file"), "failed")
    states = {"done": "done", "group": "done", "alone": "done", "empty": "empty", "parameter": "invalid", **failed}
    assert told.ended.states == {f"{name}.json": state for name, state in states.items()}, told.ended.said


def test_nothing_that_it_left_has_one(told: Told):
    left = left_by(told.lab, "jobs", "analysis.py")
    kinds = (
        ".nextflow.log",
        "jobs.tsv",
        "report.html",
        "records.sqlite",
        "analysis.log",
        "outcome.json",
        ".command.err",
    )
    assert not [kind for kind in kinds if not any(name.endswith(kind) for name in left)]
    assert leaks(left) == []


def test_what_was_said_is_there_but_for_them(told: Told):
    (log,) = (
        path
        for path in told.lab.bucket.glob("*/analysis.log")
        if "/a/done" in path.with_name("manifest.json").read_text()
    )
    text = log.read_text()
    assert text.count("***") > 70
    assert "https://***@example.org/a/done?versionId=3&X-Amz-Date=20261129&X-Amz-Signature=***\n" in text


def test_inputs_are_recorded_without_login_and_signature(told: Told):
    manifests = [json.loads(path.read_text()) for path in told.lab.bucket.glob("*/manifest.json")]
    inputs = {manifest["parts"]["inputs"][0] for manifest in manifests}
    assert inputs == {f"https://example.org/a/{name}?versionId=3" for name in ("done", "group", "alone")}
    assert {place for manifest in manifests for place in manifest["job"]["s3_location"]} == inputs


def test_reasons_say_which_and_what_to_do(told: Told):
    reasons = {row["file"].removesuffix(".json"): row["reason"] for row in told.ended.rows}
    held = "holds the value of the environment variable MY_PRIVATE_KEY, and outputs are published; leave it out"
    assert reasons["outputs"].endswith(f"the output nested.a.1 {held}")
    assert "AWS_SECRET_ACCESS_KEY, and names are published; rename it" in reasons["file"]
    assert "parameter api_key holds a secret by its name, but parameters are published" in reasons["parameter"]
    assert reasons["raise"].startswith("analysis: ValueError: no access with ***")


def test_an_analysis_does_not_get_the_tokens_of_git(told: Told):
    (manifest,) = (
        path.read_text() for path in told.lab.bucket.glob("*/manifest.json") if "/a/alone" in path.read_text()
    )
    assert json.loads(manifest)["outputs"] == {"nested": {"withheld": ["GITHUB_TOKEN", "ANALYSIS_NOTIFY"]}}


def test_a_message_tells_of_the_end(told: Told):
    (message,) = told.inbox.messages
    assert message["title"].endswith(": 8 jobs without a result")
    assert "12 jobs: 3 done, 1 empty, 7 failed, 1 invalid" in message["message"]
    assert message["message"].endswith(f"report: {told.lab.out}/report.html")
    assert leaks({"message": json.dumps(message).encode()}) == []


def test_the_launch_is_remembered(told: Told):
    ended = told.command("launches", "--json", "--outdir", told.lab.out)
    launch = json.loads(ended.stdout)
    assert (launch["state"], launch["counts"]) == ("ended", {"done": 3, "empty": 1, "failed": 7, "invalid": 1})
    assert launch["host"] == Path("/proc/sys/kernel/hostname").read_text().strip()
    assert (launch["jobs"], launch["report"]) == (str(told.lab.jobs), f"{told.lab.out}/report.html")
    assert launch["command_line"].startswith("nextflow run ")
    assert leaks({"launch": ended.stdout.encode()}) == []


def test_another_signature_is_the_same_job(told: Told):
    before = {path.name: path.read_text() for path in told.lab.jobs.iterdir()}
    try:
        for path in told.lab.jobs.iterdir():
            path.write_text(before[path.name].replace(SIGNATURE, "planted0signature0of0today"))
        told.lab.run(env=told.environment, plan=True)
    finally:
        write_files(told.lab.jobs, before)
    assert len(told.inbox.messages) == 1, "a plan sends none"
    decisions = {line["file"]: line["decision"] for line in lines_of(told.lab.out / "decisions.jsonl")}
    assert {file for file in decisions if decisions[file] == "done"} == {
        f"{name}.json" for name in ("done", "group", "alone", "empty")
    }
    assert leaks(left_by(told.lab, "jobs", "analysis.py")) == []


def test_commands(told: Told):
    jobs = told.lab.jobs
    done = [
        told.command("check", "analysis.py"),
        told.command("check", "analysis.py", "--json"),
        *(told.command("try", "analysis.py", "--job", jobs / f"{way}.json", "--results", told.lab.folder / "try" / way)
          for way in ("done", "note", "outputs", "parameter", "exit")),
        told.command("try", "analysis.py", "--job", jobs / "raise.json", "--json"),
        told.command("try", "analysis.py", "--job", jobs / "raise.json", "--raise"),
        told.command("try", "analysis.py", "--job", jobs / "alone.json", "--set", f"api_key={PARAMETER}"),
        told.command("list", "--json", "--outdir", told.lab.out),
        told.command("state", "--outdir", told.lab.out),
    ]  # fmt: skip
    said = {" ".join(ended.args): f"{ended.stdout}{ended.stderr}".encode() for ended in done}
    assert leaks({name.replace(PARAMETER, ""): text for name, text in said.items()}) == []
    assert [ended.returncode for ended in done] == [0, 0, 0, 1, 1, 2, 1, 1, 1, 2, 0, 0]
    assert all(b"***" in text for text in list(said.values())[:9])


@pytest.fixture
def lab(new_lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    yield new_lab(request.node.name[:30])


def test_a_launch_that_is_killed(lab: Lab):
    lab.use("leaking.py")
    lab.job("wait", ADDRESS.replace("WAY", "wait"))
    running = lab.start(env={**SECRETS, "SECRET_NAMES": " ".join(SECRETS)}, check_inputs="none")  # it is nowhere
    logs = "work/*/*/jobs.unfinished/*/analysis.log"
    running.wait_until(lambda: any("Error" in path.read_text() for path in lab.folder.glob(logs)), "it waits")
    running.kill()
    assert leaks(left_by(lab, "jobs", "analysis.py")) == []


AT_IMPORT = """
import os
print("printed at import", os.environ["AWS_SECRET_ACCESS_KEY"])
os.system("env >&2")
raise RuntimeError("cannot log in with " + os.environ["AWS_SECRET_ACCESS_KEY"] + "\\x1b[2J")
"""
GIVEN: dict[str, dict[str, Any]] = {
    "a name": {"api_key": "planted-by-name"},
    "a value": {"analysis_name": "planted0dandi0key"},
    "a login": {"analysis_name": "https://me:planted-word@host/x"},
}


@pytest.mark.parametrize("given", ["slack://planted-token/and/more", "fail"])
def test_an_address_is_no_parameter(lab: Lab, given: str):
    """In a file of parameters of Nextflow, as of a command line Nextflow itself writes the words down."""
    lab.use("leaking.py")
    lab.job("one")
    file = lab.folder.parent / f"given-{lab.folder.name}.json"
    file.write_text(json.dumps({"notify": given}))
    ended = lab.run("-params-file", str(file), env=SECRETS)
    assert ended.returncode == 1
    assert "--notify says when a message is sent, and must be one of always, failures, never. An address" in ended.said
    assert leaks(left_by(lab, "jobs", "analysis.py")) == []


def test_an_import_that_fails(lab: Lab):
    write_files(lab.folder, {"analysis.py": AT_IMPORT})
    lab.job("one")
    ended = lab.run(env=SECRETS)
    assert "cannot log in with ***\\x1b[2J" in ended.said
    assert leaks(left_by(lab, "jobs", "analysis.py")) == []


@pytest.mark.parametrize("kind", GIVEN)
def test_secret_parameters_stop_a_launch_before_anything_has_them(lab: Lab, kind: str):
    """In a file of parameters, and in one of Nextflow; of a command line Nextflow itself writes the words down."""
    lab.use("leaking.py")
    lab.job("one")
    given = lab.folder.parent / f"given-{lab.folder.name}"
    write_files(given, {"parameters.json": json.dumps(GIVEN[kind]), "params.json": json.dumps({"set": GIVEN[kind]})})
    environment = {**SECRETS, "SECRET_NAMES": " ".join(SECRETS)}
    for ended in launches(lab, given, environment):
        assert ended.returncode == 1
        assert "but parameters are published in keys and records. Take secrets from the environment" in ended.said
        assert leaks(left_by(lab, "jobs", "analysis.py")) == []


def launches(lab: Lab, given: Path, environment: dict[str, str]) -> Iterator[Ended]:
    yield lab.run(env=environment, parameters=str(given / "parameters.json"))
    yield lab.run("-params-file", str(given / "params.json"), env=environment)
