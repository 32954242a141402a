"""The store in DocDB over its API: outages, refusals, and how much is asked."""

from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from support.samples import decide, job_text, published, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.record import record_group
from analysis_jobs.store import docdb_client
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state, pending

OWNER = {"session": "a", "process": None}


@pytest.fixture
def server(docdb: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> DocDBServer:
    docdb.empty()
    for name, value in {**docdb.environment, "DOCDB_COLLECTION": "results", "ANALYSIS_RETRY_SECONDS": "20"}.items():
        monkeypatch.setenv(name, value)
    return docdb


@pytest.fixture
def store(server: DocDBServer) -> Store:
    return open_store("docdb")


def records(count: int, size: int = 10) -> list[dict[str, Any]]:
    return [{"_id": f"{number:064x}", "location": "x" * size} for number in range(count)]


def keys(count: int) -> list[str]:
    return [record["_id"] for record in records(count)]


def endpoints(server: DocDBServer) -> list[str]:
    return [request.endpoint for request in server.requests]


# How much is asked


def test_five_thousand_keys_are_one_request(server: DocDBServer, store: Store) -> None:
    server.collection("results").insert_many(records(100))
    server.clear()
    assert len(store.recorded(keys(5_000))) == 100
    assert endpoints(server) == ["aggregate"]


def test_a_claim_is_a_write_and_a_look(server: DocDBServer, store: Store) -> None:
    states = [pending(key, 1, {"inputs": ["s3://bucket/asset"]}, OWNER, 1) for key in keys(1_000)]
    assert len(store.claim(states, {})) == 1_000
    assert endpoints(server) == ["bulk_write", "aggregate"]


def test_ten_thousand_done_jobs_are_four_requests(server: DocDBServer, store: Store, tmp_path: Path) -> None:
    jobs = write_files(tmp_path, {f"{number}.json": job_text(f"s3://in/{number}") for number in range(10_000)})
    planned = [line["key"] for line in decide(jobs, store, claim=False, older=False).lines]
    server.collection("results").insert_many([{"_id": key, "location": "x"} for key in planned])
    server.clear()
    store.check(write=True)
    decided = decide(jobs, store)
    assert set(decided.by_file.values()) == {"done"}
    assert endpoints(server) == ["bulk_write", "bulk_write", "aggregate", "aggregate"]


def test_a_group_of_a_hundred_is_recorded_by_two_writes(server: DocDBServer, store: Store, tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path)
    outcomes = [{**published(key), **bucket.publish(key, [], published(key))} for key in keys(100)]
    settled = record_group(outcomes, bucket, store, OWNER)
    assert {outcome["state"] for outcome in settled} == {"done"}
    assert endpoints(server) == ["bulk_write", "bulk_write"]
    assert store.recorded(keys(100)).keys() == store.job_states(keys(100)).keys() == set(keys(100))


def test_writes_go_in_chunks_of_five_megabytes(server: DocDBServer, store: Store) -> None:
    assert store.insert(records(40, size=400_000)) == {}
    assert [request.endpoint for request in server.requests] == ["bulk_write"] * 4
    assert max(request.body for request in server.requests) < 5_100_000


def test_an_answer_that_is_too_large_is_asked_for_in_halves(server: DocDBServer, store: Store) -> None:
    server.collection("results").insert_many(records(20, size=400_000))
    server.clear()
    assert len(store.recorded(keys(20))) == 20
    assert {request.status for request in server.requests} == {200, 413}
    assert len(server.requests) == 3


def test_nothing_is_written_for_nothing(server: DocDBServer, store: Store) -> None:
    assert (store.insert([]), store.settle([], "a"), store.claim([], {})) == ({}, {}, set())
    assert server.requests == []


# Outages


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


def test_what_lasts_is_told(server: DocDBServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.3")
    store = open_store("docdb")
    server.faults.fail(503, 1_000)
    said = (
        r"^the document database analysis/results at localhost:\d+ did not answer for 0.3 s: HTTP 503; try again later$"
    )
    with pytest.raises(ServiceUnavailable, match=said):
        store.insert([{"_id": "k", "location": "x"}])
    with pytest.raises(ServiceUnavailable, match=said):
        store.check(write=False)
    server.clear()
    server.faults.drop(1_000)
    with pytest.raises(ServiceUnavailable, match=r"(ConnectionError|ProtocolError)"):
        store.recorded(["k"])


@pytest.mark.parametrize("ordered", [True, False])
def test_of_a_bulk_write_the_good_are_written_and_the_bad_named(
    server: DocDBServer, store: Store, ordered: bool
) -> None:
    bad = keys(100)[7], keys(100)[60]
    server.faults.ordered = ordered
    server.faults.refuse(*bad, error="too strange a document", bulk_writes=1_000)
    refused = store.insert(records(100))
    assert refused.keys() == set(bad)
    assert all(reason.startswith("HTTP 400: ") and "too strange a document" in reason for reason in refused.values())
    assert store.recorded(keys(100)).keys() == set(keys(100)) - set(bad)
    states = [new_state(key, "failed", 1, {}, owner=OWNER) for key in keys(100)]
    assert store.settle(states, "a").keys() == set(bad)
    assert len(store.job_states(keys(100))) == 98


def test_a_claim_that_is_refused_is_not_got(server: DocDBServer, store: Store) -> None:
    server.faults.refuse("2", bulk_writes=1_000)
    assert store.claim([pending(key, 1, {}, OWNER, 1) for key in "123"], {}) == {"1", "3"}


# Settings


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_collection(monkeypatch: pytest.MonkeyPatch, server: DocDBServer, value: str | None) -> None:
    monkeypatch.delenv("DOCDB_COLLECTION") if value is None else monkeypatch.setenv("DOCDB_COLLECTION", value)
    with pytest.raises(
        InvalidInput, match=r"^the store docdb needs a collection, and DOCDB_COLLECTION is not set or empty; "
    ):
        open_store("docdb")
    assert server.requests == []


def test_settings_have_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis_jobs.store.docdb import docdb_url

    for name in ("DOCDB_HOST", "DOCDB_VERSION", "DOCDB_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCDB_COLLECTION", "my results")
    assert docdb_url() == "docdb://api.allenneuraldynamics.org/v1/analysis/my%20results"


def test_parts_of_the_url_that_are_left_out_have_defaults(server: DocDBServer) -> None:
    server.collection("others").insert_one({"_id": "k", "location": "x"})
    assert open_store(f"docdb://{server.host}///others", read_only=True).recorded(["k"]) == {"k": Recorded("x")}


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
    assert [request.status for request in server.requests] == [200, 200]


def test_a_check_changes_nothing(server: DocDBServer, store: Store) -> None:
    store.check(write=True)
    assert endpoints(server) == ["bulk_write", "bulk_write"]
    assert [server.collection(name).count_documents({}) for name in ("results", "results_jobs")] == [0, 0]


def test_names_that_the_database_refuses_are_stored_under_their_twins(server: DocDBServer, store: Store) -> None:
    record = {
        "_id": "k",
        "location": "x",
        "processing": {"data_processes": [{"output_parameters": {"0.5": 1, "$a": [{"b.c": 2}]}}]},
    }
    assert store.insert([record]) == {}
    found = server.collection("results").find_one({"_id": "k"})
    assert found["processing"]["data_processes"][0]["output_parameters"] == {"0．5": 1, "＄a": [{"b．c": 2}]}


def test_the_first_record_stays_though_written_again(server: DocDBServer, store: Store) -> None:
    server.faults.fail(500, executed=True)
    store.insert([{"_id": "k", "location": "first"}])
    store.insert([{"_id": "k", "location": "second", "more": 1}])
    assert server.collection("results").find_one() == {"_id": "k", "location": "first"}


def test_the_client_would_wait_for_ever(server: DocDBServer, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docdb_client, "_SECONDS", (1.0, 0.05))
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    server.faults.delay = 0.5
    with pytest.raises(ServiceUnavailable, match="ReadTimeout"):
        store.recorded(["k"])
