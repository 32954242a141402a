"""Requests to the API of the document database: in chunks, again while it does not answer, and by whose credentials."""

import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from support.documents import keys, records

from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.read import Recorded
from analysis_jobs.retries import asking
from analysis_jobs.store import docdb_client
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state, pending

OWNER = {"session": "a", "process": None}


def test_writes_go_in_chunks_of_five_megabytes(server: DocDBServer, store: Store) -> None:
    assert store.insert(records(40, size=400_000)) == {}
    assert [request.endpoint for request in server.requests] == ["aggregate", *["bulk_write"] * 4, "aggregate"]
    assert max(request.body for request in server.requests) < 5_100_000


def test_an_answer_that_is_too_large_is_asked_for_in_halves(server: DocDBServer, store: Store) -> None:
    server.collection("results").insert_many(records(20, size=400_000))
    server.clear()
    assert len(store.recorded(keys(20))) == 20
    assert {request.status for request in server.requests} == {200, 413}
    assert len(server.requests) == 3


@pytest.mark.parametrize("executed", [False, True], ids=["not done", "done, but the answer is lost"])
@pytest.mark.parametrize("status", [429, 500, 503, None])
def test_what_passes_is_sat_out(server: DocDBServer, store: Store, status: int | None, executed: bool) -> None:
    def trouble() -> None:
        if status:
            server.faults.fail(status, 2, executed=executed)
        else:
            server.faults.drop(2, executed=executed)

    trouble()
    assert store.claim([pending("k", 1, {}, OWNER, 1)], {}) == {"k"}
    trouble()
    assert store.insert([{"_id": "k", "location": "here"}]) == {}
    trouble()
    store.settle([new_state("k", "done", 1, {}, owner=OWNER)], "a")
    assert server.faults.pending == 0
    assert store.recorded(["k"]) == {"k": Recorded("here")}
    assert store.job_states(["k"])["k"]["state"] == "done"


def test_one_of_ten_answers_refuses(server: DocDBServer, store: Store) -> None:
    server.faults.fail_every(10, 429, 503)
    for key in keys(20):
        assert store.claim([pending(key, 1, {}, OWNER, 1)], {}) == {key}
        assert store.insert([{"_id": key, "location": "here"}]) == {}
        store.settle([new_state(key, "done", 1, {}, owner=OWNER)], "a")
    assert {429, 503} < {request.status for request in server.requests}
    assert store.recorded(keys(20)) == dict.fromkeys(keys(20), Recorded("here"))
    assert {state["state"] for state in store.job_states(keys(20)).values()} == {"done"}


def test_a_request_is_one_of_those_that_may_be_on_their_way(
    server: DocDBServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_MAX_REQUESTS", "1")
    with ThreadPoolExecutor(1) as thread:
        with asking():
            server.clear()
            asked = thread.submit(store.recorded, ["k"])
            with pytest.raises(TimeoutError):
                asked.result(0.2)
            assert server.requests == []
        assert asked.result(10) == {}


def test_what_lasts_is_told(server: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.3")
    store = open_store("docdb")
    server.faults.fail(503, 1_000)
    said = r"^the document database analysis/results\w* at \S+ did not answer for 0.3 s: HTTP 503; try again later$"
    with pytest.raises(ServiceUnavailable, match=said):
        store.insert([{"_id": "k", "location": "x"}])
    with pytest.raises(ServiceUnavailable, match=said):
        store.check(write=False)
    server.clear()
    server.faults.drop(1_000)
    with pytest.raises(ServiceUnavailable, match=r"(ConnectionError|ProtocolError)"):
        store.recorded(["k"])


@pytest.mark.parametrize("host", ["localhost:1", "no-such-host.invalid"])
def test_a_host_that_is_not_there(monkeypatch: pytest.MonkeyPatch, server: DocDBServer, host: str) -> None:
    monkeypatch.setenv("DOCDB_HOST", host)
    store = open_store("docdb")
    with pytest.raises(
        InvalidInput,
        match=rf"^the document database analysis/results at {host} cannot be reached \(\w+\); check DOCDB_HOST",
    ):
        store.check(write=True)


def test_a_host_with_another_certificate(monkeypatch: pytest.MonkeyPatch, server: DocDBServer) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(InvalidInput, match=r"cannot be reached \(\w*SSL\w*\); check DOCDB_HOST and the network$"):
        open_store("docdb").check(write=False)


def test_wrong_credentials(monkeypatch: pytest.MonkeyPatch, server: DocDBServer) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "no such secret")
    with pytest.raises(InvalidInput, match=r"refused \(HTTP 403\); check the AWS credentials \(AWS_PROFILE") as caught:
        open_store("docdb").check(write=True)
    assert "secret" not in str(caught.value)


def test_to_read_needs_no_credentials(monkeypatch: pytest.MonkeyPatch, server: DocDBServer, tmp_path: Path) -> None:
    without_credentials(monkeypatch, tmp_path)
    store = open_store("docdb", read_only=True)
    store.check(write=False)
    assert store.recorded(["k"]) == {}
    with pytest.raises(InvalidInput, match=r"^there are no AWS credentials; set AWS_PROFILE, or"):
        open_store("docdb")


def test_a_profile_of_its_own_writes(monkeypatch: pytest.MonkeyPatch, server: DocDBServer, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        f"[writer]\naws_access_key_id = {WRITER.access_key}\naws_secret_access_key = {WRITER.secret_key}\n"
    )
    for name, value in server.reader_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(InvalidInput, match="refused"):
        open_store("docdb").check(write=True)
    open_store("docdb", profile="writer").check(write=True)
    with pytest.raises(
        InvalidInput, match=r"AWS credentials cannot be used: .*nobody.* check AWS_PROFILE or --write_profile"
    ):
        open_store("docdb", profile="nobody")


def without_credentials(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(folder / "none"))


def test_without_a_region_writes_are_signed_for_that_of_the_institute(
    monkeypatch: pytest.MonkeyPatch, server: DocDBServer, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    open_store("docdb").check(write=True)
    assert {request.status for request in server.requests if request.endpoint != "insert_one"} == {200}


def test_the_client_would_wait_for_ever(server: DocDBServer, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docdb_client, "_SECONDS", (1.0, 0.05))
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    server.faults.delay = 0.5
    with pytest.raises(ServiceUnavailable, match="ReadTimeout"):
        store.recorded(["k"])


def test_documents_are_counted(server: DocDBServer, store: Store) -> None:
    assert store.count() == 0
    store.insert(records(3))
    assert store.count() == 3


def test_the_time_at_the_server(server: DocDBServer) -> None:
    told = docdb_client.time_at_docdb(server.host)
    assert told and abs(parsedate_to_datetime(told).timestamp() - time.time()) < 60
    with pytest.raises(ConnectionError, match=r"^NewConnectionError$"):
        docdb_client.time_at_docdb("localhost:1")
