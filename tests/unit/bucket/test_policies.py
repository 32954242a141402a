"""The policies of the documents are enough for what each role does in S3, and for no more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fakes.keys import Keys
from fakes.s3 import S3Server
from support.attempts import write_attempt
from support.samples import PROJECT, RUN, outcome

from analysis_jobs.bucket.s3 import S3Bucket
from analysis_jobs.stages.attempts import best_attempt

# Those that say something of S3
POLICIES = {
    path.stem: policy
    for path in sorted((PROJECT / "docs" / "policies").glob("*.json"))
    if "arn:aws:s3:::" in path.read_text() and (policy := json.loads(path.read_text()))
}
KEYS = {
    name: Keys(f"AKIAROLES{name.upper():0<11}", f"SecretOfTheRoles{name:0<24}")
    for name in ("analysis", "head", "reader", "stages", "upkeep")
}
# What SeaweedFS calls the actions of S3
ACTIONS = {
    "s3:GetObject": "Read",
    "s3:PutObject": "Write",
    "s3:AbortMultipartUpload": "Write",
    "s3:DeleteObject": "Write",
    "s3:ListBucket": "List",
}


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def actions_of(policy: dict[str, Any]) -> list[str]:
    """Return what a policy allows in S3, as the server has it."""
    return sorted(
        {
            f"{ACTIONS[action]}:{resource.removeprefix('arn:aws:s3:::')}"
            for statement in policy["Statement"]
            for action in as_list(statement["Action"])
            if action in ACTIONS
            for resource in as_list(statement["Resource"])
        }
    )


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server({KEYS[name]: actions_of(policy) for name, policy in POLICIES.items()}) as server:
        for name in ("my-bucket", "my-recordings"):
            server.make_bucket(name)
        server.client().put_object(Bucket="my-recordings", Key="a.nwb", Body=b"1")
        server.client().put_object(Bucket="my-bucket", Key="work/ab/batch.json", Body=b"1")
        yield server


def test_there_is_one_for_each_role() -> None:
    assert POLICIES.keys() == KEYS.keys()


def test_what_publishes_may_publish(server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment_of(KEYS["stages"]).items():
        monkeypatch.setenv(name, value)
    bucket = S3Bucket("s3://my-bucket/analyses")
    bucket.check()
    write_attempt(tmp_path / "job" / "attempt", outcome("k"), {"a.txt": "a", "large.bin": "x" * 20_000_000})
    attempt = best_attempt(tmp_path / "job")
    assert attempt
    about = {**outcome("k"), "manifest_version": 1, "run": RUN, "location": bucket.location("k")}
    bucket.publish("k", attempt.files(), about)  # type: ignore[arg-type]
    assert {name.rpartition("/")[2] for name in server.objects("my-bucket", "analyses/k/")} >= {
        "a.txt",
        "manifest.json",
    }


MAY = {
    "stages": ["get my-bucket work/ab/batch.json", "put my-bucket work/ab/run.json", "put my-bucket analyses/x"],
    "analysis": ["get my-recordings a.nwb", "get my-bucket work/ab/batch.json", "put my-bucket work/ab/outcome.json"],
    "head": [
        "put my-bucket work/packs/jobs.zip",
        "get my-bucket work/ab/batch.json",
        "put my-bucket launches/jobs.tsv",
    ],
    "reader": ["get my-bucket analyses/x"],
    "upkeep": ["get my-bucket analyses/x", "put my-bucket analyses/x"],
}
MAY_NOT = {
    "stages": ["get my-recordings a.nwb", "put my-recordings b.nwb", "put my-bucket elsewhere"],
    "analysis": ["put my-bucket analyses/x", "get my-bucket analyses/x", "put my-recordings b.nwb"],
    "head": ["put my-bucket analyses/x", "get my-recordings a.nwb"],
    "reader": ["put my-bucket analyses/x", "get my-bucket work/ab/batch.json", "get my-recordings a.nwb"],
    "upkeep": ["get my-bucket work/ab/batch.json", "put my-bucket work/x", "get my-recordings a.nwb"],
}


def ask(server: S3Server, who: str, request: str) -> None:
    what, bucket, name = request.split()
    client = server.client(KEYS[who])
    if what == "get":
        client.get_object(Bucket=bucket, Key=name)
    else:
        client.put_object(Bucket=bucket, Key=name, Body=b"1")


@pytest.mark.parametrize(("who", "request_"), [(who, request) for who, some in MAY.items() for request in some])
def test_it_is_enough(server: S3Server, who: str, request_: str) -> None:
    server.client().put_object(Bucket="my-bucket", Key="analyses/x", Body=b"1")
    ask(server, who, request_)


@pytest.mark.parametrize(("who", "request_"), [(who, request) for who, some in MAY_NOT.items() for request in some])
def test_it_is_no_more(server: S3Server, who: str, request_: str) -> None:
    server.client().put_object(Bucket="my-bucket", Key="analyses/x", Body=b"1")
    with pytest.raises(ClientError) as caught:
        ask(server, who, request_)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
