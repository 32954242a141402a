"""The store in DocDB over its API: outages, refusals, and how much is asked."""

import re
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from support.documents import keys, records
from support.samples import decide, job_text, launch_record, published, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.records.read import Recorded
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.history import new_note
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store

OWNER = {"session": "a", "process": None}
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}


# What is asked to see, once for a launch, what the service can do
LOOK = ["aggregate", "bulk_write", "aggregate", "insert_one", "aggregate", "delete_one", "aggregate"]


def endpoints(server: DocDBServer) -> list[str]:
    return [request.endpoint for request in server.requests]


# How much is asked


def test_five_thousand_keys_are_one_request(server: DocDBServer, store: Store) -> None:
    server.collection("results").insert_many(records(100))
    server.clear()
    assert len(store.recorded(keys(5_000))) == 100
    assert endpoints(server) == ["aggregate"]


def test_done_jobs_are_asked_for_five_thousand_at_once(server: DocDBServer, store: Store, tmp_path: Path) -> None:
    jobs = write_files(tmp_path, {f"{number}.json": job_text(f"s3://in/{number}") for number in range(5_001)})
    planned = [line["key"] for line in decide(jobs, store, claim=False, older=False).lines]
    server.collection("results").insert_many([{"_id": key, "location": "x"} for key in planned])
    server.clear()
    store.check(write=True)
    decided = decide(jobs, store)
    assert set(decided.by_file.values()) == {"done"}
    assert endpoints(server) == ["bulk_write", *LOOK, "aggregate", "aggregate"]


def test_a_group_of_a_hundred_is_two_writes_and_two_looks(server: DocDBServer, store: Store, tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path)
    outcomes = [{**published(key), **bucket.publish(key, [], published(key))} for key in keys(100)]
    settled = record_group(outcomes, bucket, store, OWNER)
    assert {outcome["state"] for outcome in settled} == {"done"}
    assert endpoints(server) == ["aggregate", "bulk_write", "aggregate", "bulk_write"]
    assert store.recorded(keys(100)).keys() == store.job_states(keys(100)).keys() == set(keys(100))


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


def test_a_check_changes_nothing(server: DocDBServer, store: Store) -> None:
    store.check(write=True)
    assert endpoints(server) == ["bulk_write", *LOOK]
    assert [server.collection(name).count_documents({}) for name in ("results", "results_jobs")] == [0, 0]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "DOCDB_COLLECTION",
            "a/b",
            "DOCDB_COLLECTION is 'a/b', which is not a name that the document database accepts",
        ),
        ("DOCDB_COLLECTION", "a b", "DOCDB_COLLECTION is 'a b', which is not a name"),
        ("DOCDB_COLLECTION", "a?b", "which is not a name"),
        ("DOCDB_COLLECTION", "a#b", "which is not a name"),
        ("DOCDB_COLLECTION", "a%2Fb", "which is not a name"),
        ("DOCDB_COLLECTION", "../b", "which is not a name"),
        ("DOCDB_COLLECTION", "a\nb", "which is not a name"),
        ("DOCDB_COLLECTION", "$a", "which is not a name"),
        ("DOCDB_COLLECTION", "..", "which is not a name"),
        ("DOCDB_COLLECTION", "system.users", "which is not a name"),
        ("DOCDB_COLLECTION", "a" * 110, "which is too long; with DOCDB_DATABASE it may have 114 characters"),
        ("DOCDB_DATABASE", "a/b", "DOCDB_DATABASE is 'a/b', which is not a name"),
        ("DOCDB_VERSION", "v1/x", "DOCDB_VERSION is 'v1/x', which is not a name"),
        ("DOCDB_HOST", "https://host", "DOCDB_HOST is 'https://host'; give the name of a host alone, such as api."),
        ("DOCDB_HOST", "host/path", "DOCDB_HOST is 'host/path'; give the name of a host alone"),
    ],
)
def test_names_that_no_database_takes(
    server: DocDBServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    before = len(server.requests)
    with pytest.raises(InvalidInput, match=re.escape(said)):
        open_store("docdb", read_only=True)
    assert len(server.requests) == before


def test_a_url_of_too_many_parts() -> None:
    with pytest.raises(InvalidInput, match=r"has too many parts; give docdb://HOST/VERSION/DATABASE/COLLECTION$"):
        open_store("docdb://host/v1/analysis/results/more", read_only=True)


# Launches


def test_a_launch_is_a_write_beside_the_job_states(server: DocDBServer, store: Store) -> None:
    store.check(write=True)
    server.clear()
    assert store.put_launch(launch_record()) == ""
    assert [(request.endpoint, request.collection) for request in server.requests] == [
        ("bulk_write", "results_launches")
    ]


def test_a_note_that_may_not_be_written_is_refused_in_words(server: DocDBServer, store: Store) -> None:
    server.faults.fail(403, 10, collection="results_history", endpoint="bulk_write")
    refusal = f"the document database analysis/results_history at {server.host} refused (HTTP 403)"
    note = new_note("k", "recorded", "me", "x")
    (refused,) = store.add_history([note]).values()
    assert refused.startswith(refusal)
    with pytest.raises(InvalidInput, match=re.escape(refusal)):
        store.check_history()


def test_a_database_that_does_not_delete_many(server: DocDBServer, store: Store) -> None:
    store.insert([{"_id": key, "location": "/x", "processing": {}} for key in "ab"])
    server.faults.fail(403, 10, endpoint="delete_many")
    refused = store.remove("record", ["a", "b", "c"])
    assert refused.keys() == {"a", "b"}
    assert all(why.startswith("HTTP 403: ") for why in refused.values())


def test_a_launch_that_may_not_be_written_is_refused_in_words(server: DocDBServer, store: Store) -> None:
    server.faults.fail(403, 10, collection="results_launches", endpoint="bulk_write")
    refused = store.put_launch(launch_record())
    assert refused.startswith(f"the document database analysis/results_launches at {server.host} refused (HTTP 403)")
    server.clear()
    server.faults.refuse("this-run", error="too strange", bulk_writes=9)
    assert "too strange" in store.put_launch(launch_record())
