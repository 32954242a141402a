"""Before any job: what is wrong with bucket or store is one sentence, exit status 2, and nothing has begun."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.s3 import S3Server
from support.samples import ANALYSIS, job_text, run_script, write_files

SECRET = "planted-secret-0123456789abcdef"


@pytest.fixture
def launch(
    tmp_path: Path, s3: S3Server, docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., "tuple[int, str]"]:
    docdb.empty()
    environment = {
        **s3.environment,
        **docdb.environment,
        "DOCDB_COLLECTION": "results",
        "ANALYSIS_RETRY_SECONDS": "0.2",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write_files(tmp_path, {"jobs/a.json": job_text("a"), "units.py": ANALYSIS})

    def run(bucket: str = "s3://public", store: str = "docdb", **variables: str | None) -> tuple[int, str]:
        for name, value in variables.items():
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
        work = tmp_path / f"work {len(list(tmp_path.iterdir()))}"
        work.mkdir()
        flags = ["--jobs", tmp_path / "jobs", "--analysis", tmp_path / "units.py", "--session", "s"]
        ended = run_script("dedupe", *flags, "--bucket", bucket, "--store", store, cwd=work)
        assert (work / "decisions.jsonl").exists() == (ended.returncode == 0)
        return ended.returncode, ended.stderr

    return run


def test_nothing_wrong(launch: Callable[..., "tuple[int, str]"], docdb: DocDBServer) -> None:
    assert launch() == (0, "")
    assert docdb.collection("results_jobs").count_documents({}) == 1


NO_COLLECTION = "the store docdb needs a collection, and DOCDB_COLLECTION is not set or empty; set it"
NOT_REACHED = "cannot be reached ({}); check DOCDB_HOST and the network"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
WRONG_KEY = {"AWS_SECRET_ACCESS_KEY": SECRET}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DOCDB_COLLECTION": None}, NO_COLLECTION),
        ({"DOCDB_COLLECTION": ""}, NO_COLLECTION),
        ({"bucket": "s3://"}, "the bucket s3:// has no name; give --bucket s3://NAME, or set ANALYSIS_BUCKET"),
        ({"bucket": "s3://no-such-bucket"}, "there is no bucket s3://no-such-bucket; create it, or check --bucket"),
        (WRONG_KEY, "refused (HTTP 403); check the AWS credentials (AWS_PROFILE or"),
        ({**WRONG_KEY, "store": "r.sqlite"}, "refuses to be written (SignatureDoesNotMatch); check the AWS"),
        (NO_KEYS, "there are no AWS credentials; set AWS_PROFILE, or"),
        ({"DOCDB_HOST": "localhost:1"}, NOT_REACHED.format("NewConnectionError")),
        ({"DOCDB_HOST": "nowhere.invalid"}, NOT_REACHED.format("NameResolutionError")),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "S3 cannot be reached for s3://public (EndpointConnectionError);"),
    ],
    ids=[
        "no collection", "empty collection", "bucket without name", "no such bucket", "wrong secret for DocDB",
        "wrong secret for S3", "no credentials", "DocDB refuses connections", "no such host", "S3 refuses connections",
    ],
)  # fmt: skip
def test_one_sentence(
    launch: Callable[..., "tuple[int, str]"],
    docdb: DocDBServer,
    tmp_path: Path,
    variables: dict[str, str | None],
    said: str,
) -> None:
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), "AWS_CONFIG_FILE": str(tmp_path / "none")}
    code, printed = launch(**{**nowhere, "AWS_EC2_METADATA_DISABLED": "true"}, **variables)
    assert code == 2
    assert printed.startswith("error: ")
    assert said in printed
    assert printed.count("\n") == 1
    assert SECRET not in printed
    assert docdb.collection("results_jobs").count_documents({}) == 0


def test_a_bucket_that_may_not_be_written(launch: Callable[..., "tuple[int, str]"], s3: S3Server) -> None:
    code, printed = launch(store="r.sqlite", **s3.reader_environment)
    assert code == 2
    assert "the bucket s3://public refuses to be written (AccessDenied); check the AWS credentials" in printed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(launch: Callable[..., "tuple[int, str]"], tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    code, printed = launch(bucket=str(tmp_path / "closed" / "bucket"))
    assert code == 2
    assert f"the bucket {tmp_path}/closed/bucket cannot be written: {tmp_path}/closed belongs to " in printed


def test_a_file_in_the_place_of_the_bucket(launch: Callable[..., "tuple[int, str]"], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, printed = launch(bucket=str(tmp_path / "file" / "bucket"))
    assert code == 2
    assert "cannot be written: Not a directory; or give --bucket another folder" in printed


def test_an_outage_is_another_exit_status(launch: Callable[..., "tuple[int, str]"], docdb: DocDBServer) -> None:
    docdb.faults.fail(503, 1_000)
    code, printed = launch()
    assert code == 75
    assert printed.endswith("did not answer for 0.2 s: HTTP 503; try again later\n")


def test_a_plan_writes_nothing_and_needs_no_credentials(
    launch: Callable[..., "tuple[int, str]"], docdb: DocDBServer, tmp_path: Path
) -> None:
    ended = run_script(
        "dedupe", "--jobs", tmp_path / "jobs", "--analysis", tmp_path / "units.py", "--session", "s", "--plan",
        "--bucket", "s3://no-such-bucket", "--store", "docdb", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert {request.endpoint for request in docdb.requests} == {"aggregate"}
