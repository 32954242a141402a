"""Store and bucket as a launch finds them, and nothing of them changed by looking."""

import sqlite3
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import Keys
from fakes.postgresql import PostgresqlServer
from fakes.s3 import S3Server
from support.samples import Connect
from support.users import ALICE, STRANGER, as_user, commons, folder_of, needs_users  # noqa: F401

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.health import services
from analysis_jobs.health.diagnosis import Said
from analysis_jobs.health.given import Given
from analysis_jobs.health.services import look_at_bucket, look_at_store
from analysis_jobs.store.sqlite import SqliteStore


def record(key: str) -> dict[str, object]:
    return {"_id": key, "location": f"/bucket/{key}"}


def levels(said: list[Said]) -> list[str]:
    return [one.level for one in said]


@needs_users
def test_a_folder_that_one_may_not_list(commons: Path) -> None:  # noqa: F811
    out = folder_of(commons / "analyses", ALICE, 0o2711)

    def look() -> None:
        (said,) = look_at_bucket(Given(bucket=str(out)))
        assert said.message.startswith(f"{out} cannot be listed (Permission denied: {out} belongs to")

    assert as_user(STRANGER, look) == 0


def test_a_store_is_counted_and_tried(connect: Connect, place: list[str]) -> None:
    connect().insert([record("a"), record("b")])
    said = list(look_at_store(Given(store=place[1])))
    assert levels(said) == ["ok", "ok"]
    assert "2 records" in said[0].message
    assert set(connect().recorded(["a", "b"])) == {"a", "b"}
    assert list(connect().states()) == []


def test_a_store_is_only_read(connect: Connect, place: list[str]) -> None:
    connect().insert([record("a")])
    (said,) = look_at_store(Given(store=place[1], read_only=True))
    assert said.message.endswith("whether it can be written was not tried")
    assert "1 record" in said.message


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_not_there_is_not_made(read_only: bool, tmp_path: Path) -> None:
    (said,) = look_at_store(Given(str(tmp_path / "out"), read_only=read_only))
    assert said == ("ok", f"{tmp_path}/out/records.sqlite is not there yet, and the first launch makes it")
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_docdb() -> None:
    with pytest.raises(InvalidInput, match=r"there is no store docbd. Did you mean docdb"):
        list(look_at_store(Given(store="docbd")))


def test_a_store_that_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.1")
    path = tmp_path / "records.sqlite"
    SqliteStore(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    looking = look_at_store(Given(str(tmp_path)))
    assert next(looking).level == "ok"
    with pytest.raises(ServiceUnavailable, match="another program has locked it"):
        next(looking)
    connection.close()


def test_a_store_on_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "file_system_of", lambda _path: "nfs4")
    first, _ = look_at_store(Given(str(tmp_path)))
    assert first.level == "warning"
    assert first.message.startswith(f"the store {tmp_path}/records.sqlite is a SQLite file on nfs4, where locks")


def test_what_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("no database at all, but a text")
    with pytest.raises(InvalidInput, match="file is not a database"):
        list(look_at_store(Given(str(tmp_path))))


def test_an_empty_postgresql_is_left_empty(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    postgresql.empty()
    for name, value in postgresql.environment.items():
        monkeypatch.setenv(name, value)
    said = list(look_at_store(Given(store=postgresql.url)))
    assert levels(said) == ["ok", "ok"]
    assert "0 records, no tables yet, which the first launch makes" in said[0].message
    assert postgresql.execute("SELECT to_regclass('record_documents')") == [(None,)]


def test_a_wrong_password(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGPASSWORD", "a-wrong-one-of-tests")
    with pytest.raises(InvalidInput, match="password authentication failed"):
        list(look_at_store(Given(store=postgresql.url)))


def test_a_reader_of_docdb(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> None:
    docdb.empty()
    for name, value in {**docdb.reader_environment, "DOCDB_COLLECTION": "results"}.items():
        monkeypatch.setenv(name, value)
    looking = look_at_store(Given(store="docdb"))
    assert next(looking).level == "ok"
    with pytest.raises(InvalidInput, match="refused"):
        next(looking)


def test_a_folder_as_bucket(tmp_path: Path) -> None:
    folder = tmp_path / "analyses"
    (said,) = look_at_bucket(Given(str(tmp_path)))
    assert said.message == f"{folder} is not there yet, and the first launch makes it"
    folder.mkdir()
    assert levels(list(look_at_bucket(Given(str(tmp_path))))) == ["ok", "ok"]
    assert list(folder.iterdir()) == []


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    if "doctors" not in {one["Name"] for one in s3.client().list_buckets()["Buckets"]}:
        s3.make_bucket("doctors")
    return "s3://doctors/lab"


def test_a_bucket_in_s3_is_as_it_was(s3: S3Server, bucket: str) -> None:
    said = list(look_at_bucket(Given(bucket=bucket)))
    assert levels(said) == ["ok", "ok"]
    assert said[1].message.endswith("a probe was made, refused a second time, and removed")
    assert s3.objects("doctors") == {}


def test_no_such_bucket(bucket: str) -> None:
    with pytest.raises(InvalidInput, match="there is no bucket s3://absent-bucket"):
        list(look_at_bucket(Given(bucket="s3://absent-bucket")))


def test_a_reader_of_s3(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.reader_environment.items():
        monkeypatch.setenv(name, value)
    assert levels(list(look_at_bucket(Given(bucket=bucket, read_only=True)))) == ["ok"]
    looking = look_at_bucket(Given(bucket=bucket))
    assert next(looking).level == "ok"
    with pytest.raises(InvalidInput, match="refuses to be written"):
        next(looking)
    assert s3.objects("doctors") == {}


def test_wrong_credentials(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment_of(
        Keys("AKIAOFNOBODY00000000", "SecretOfNobody/000000000000000000000000")
    ).items():
        monkeypatch.setenv(name, value)
    (said,) = look_at_bucket(Given(bucket=bucket))
    assert said.level == "wrong"
    assert said.message.startswith(f"{bucket} refuses to be listed (InvalidAccessKeyId); check the AWS credentials")
