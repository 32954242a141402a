"""Keys and passwords that are replaced while a launch runs: what its tasks do with those that they have."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import signatures
from fakes.docdb import DocDBServer
from fakes.keys import WRITER, Keys
from fakes.postgresql import PostgresqlServer
from fakes.s3 import S3Server
from support.lab import Lab, Running, holding_lab

pytestmark = [pytest.mark.nextflow, pytest.mark.slow]
OLD = Keys("AKIATESTSOLD00000000", "SecretOfTheTestsOld/0000000000000000000+")
NEW = Keys("AKIATESTSNEW00000000", "SecretOfTheTestsNew/0000000000000000000+")
ALL = ("Admin", "Read", "Write", "List", "Tagging")
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
JOB = "hold analyze"


@pytest.fixture
def server() -> Iterator[S3Server]:
    """A server that knows the old key, with a bucket."""
    with S3Server({OLD: ALL}) as server:
        server.make_bucket("my-bucket")
        yield server


@pytest.fixture
def held(new_lab: Callable[[str], Lab], server: S3Server) -> tuple[Lab, dict[str, str]]:
    """A lab with a job that can be held, and the environment for that, without keys of AWS."""
    lab, environment = holding_lab(new_lab, "rotated", JOB)
    found = {name: value for name, value in server.environment.items() if value not in server.environment_of(OLD)}
    return lab, {**environment, **without_keys(lab, found)}


def without_keys(lab: Lab, environment: dict[str, str]) -> dict[str, str]:
    """Return an environment without keys of AWS, of which a lab then has none either."""
    for name in KEYS:
        lab.environment.pop(name, None)
    return {name: value for name, value in environment.items() if name not in KEYS}


def start(lab: Lab, environment: dict[str, str], **options: object) -> Running:
    return lab.start(env=environment, bucket="s3://my-bucket/analyses", **options)  # type: ignore[arg-type]


def reach(lab: Lab, running: Running) -> None:
    running.wait_until((lab.folder / "hold" / f"{JOB} reached").exists, "the job is held")


def go(lab: Lab) -> None:
    (lab.folder / "hold" / f"{JOB} go").touch()


def credentials(path: Path, keys: Keys) -> Path:
    path.write_text(f"[default]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n")
    return path


def test_in_a_file_they_may_be_replaced_while_a_launch_runs(held: tuple[Lab, dict[str, str]], server: S3Server) -> None:
    lab, environment = held
    file = credentials(lab.folder / "credentials", OLD)
    running = start(lab, {**environment, "AWS_SHARED_CREDENTIALS_FILE": str(file)})
    reach(lab, running)
    server.change_keys({OLD: ALL, NEW: ALL})
    credentials(file, NEW)
    server.change_keys({NEW: ALL})
    go(lab)
    ended = running.wait()
    assert (ended.returncode, ended.states) == (0, {f"{JOB}.json": "done"}), ended.said


def test_in_the_environment_they_stay_and_the_next_launch_does_what_is_left(
    held: tuple[Lab, dict[str, str]], server: S3Server
) -> None:
    lab, environment = held
    running = start(lab, {**environment, **OLD.environment})
    reach(lab, running)
    server.change_keys({NEW: ALL})
    go(lab)
    ended = running.wait()
    assert (ended.returncode, ended.states) == (1, {f"{JOB}.json": "failed"}), ended.said
    reason = ended.row(f"{JOB}.json")["reason"]
    assert reason.startswith("infrastructure"), reason
    assert "InvalidAccessKeyId" in reason
    again = start(lab, {**environment, **OLD.environment}, resume=True).wait()  # or it were another session
    assert again.returncode == 1
    assert "InvalidAccessKeyId" in again.said  # in one sentence, before anything starts
    assert not again.tasks.keys() - {"DEDUPE"}
    last = start(lab, {**environment, **NEW.environment}, resume=True).wait()
    assert (last.returncode, last.states) == (0, {f"{JOB}.json": "done"}), last.said
    assert lab.runs[f"{JOB} started"] == 1  # it was computed once, and published from what was there


def test_keys_for_docdb_may_be_replaced_while_a_launch_runs(
    new_lab: Callable[[str], Lab], docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    docdb.empty()
    lab, environment = holding_lab(new_lab, "rotated", JOB)
    file = credentials(lab.folder / "credentials", WRITER)
    found = without_keys(lab, docdb.environment)
    env = {**environment, **found, "DOCDB_COLLECTION": "rotated", "AWS_SHARED_CREDENTIALS_FILE": str(file)}
    running = lab.start(env=env, store="docdb")
    reach(lab, running)
    monkeypatch.setattr(signatures, "WRITER", NEW)
    before = len(docdb.requests)
    credentials(file, NEW)
    go(lab)
    ended = running.wait()
    assert (ended.returncode, ended.states) == (0, {f"{JOB}.json": "done"}), ended.said
    written = [request for request in docdb.requests[before:] if request.endpoint == "bulk_write"]
    assert written
    assert {request.status for request in written} == {200}


def test_a_password_of_postgresql_may_be_replaced_while_a_launch_runs(
    new_lab: Callable[[str], Lab], postgresql: PostgresqlServer
) -> None:
    postgresql.empty()
    postgresql.execute("CREATE ROLE rotated SUPERUSER LOGIN PASSWORD 'old-password'")
    try:
        lab, environment = holding_lab(new_lab, "rotated", JOB)
        file = lab.folder / "pgpass"
        passwords(file, "old-password")
        env = {**environment, "PGUSER": "rotated", "PGPASSFILE": str(file)}
        running = lab.start(env=env, store=postgresql.url)
        reach(lab, running)
        postgresql.execute("ALTER ROLE rotated PASSWORD 'new-password'")
        passwords(file, "new-password")
        go(lab)
        ended = running.wait()
        assert (ended.returncode, ended.states) == (0, {f"{JOB}.json": "done"}), ended.said
    finally:
        postgresql.empty()
        postgresql.execute("DROP ROLE rotated")


def passwords(file: Path, password: str) -> None:
    file.write_text(f"*:*:*:rotated:{password}\n")
    file.chmod(0o600)
