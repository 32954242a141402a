"""What is written to DocDB: at once, refused one by one, and by what is left where the service lacks something."""

import pytest
from fakes.docdb import DocDBServer
from fakes.faults import LACKS
from support.documents import keys, records
from support.samples import ENDED, launch_record

from analysis_jobs.store.opening import open_store
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import new_state, pending

A, B = {"session": "a", "process": None}, {"session": "b", "process": None}
ERROR = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": "oh"}
PARTS = {"key_version": 1, "inputs": ["in"], "parameters": {"a.b": 1}, "code": "sha256:c0de"}
WHOLE = sorted(LACKS.keys() - {"conditions"})  # with one of these missing, all promises are kept


def claim_of(owner: dict[str, str | None], key: str = "k") -> dict[str, object]:
    return pending(key, 1, PARTS, owner, 1)


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
    states = [new_state(key, "failed", 1, {}, owner=A, error=ERROR) for key in keys(100)]
    assert store.settle(states, "a").keys() == set(bad)
    assert len(store.job_states(keys(100))) == 98


def test_a_claim_that_is_refused_is_not_got(server: DocDBServer, store: Store) -> None:
    server.faults.refuse("2", bulk_writes=1_000)
    assert store.claim([pending(key, 1, {}, A, 1) for key in "123"], {}) == {"1", "3"}


def test_a_claim_is_a_write_between_two_looks(server: DocDBServer, store: Store) -> None:
    states = [pending(key, 1, {"inputs": ["s3://bucket/asset"]}, A, 1) for key in keys(1_000)]
    assert len(store.claim(states, {})) == 1_000
    assert [request.endpoint for request in server.requests] == ["aggregate", "bulk_write", "aggregate"]


def test_nothing_is_written_for_nothing(server: DocDBServer, store: Store) -> None:
    assert (store.insert([]), store.settle([], "a"), store.claim([], {})) == ({}, {}, set())
    assert server.requests == []


def test_the_first_record_stays_though_written_again(server: DocDBServer, store: Store) -> None:
    server.faults.fail(500, executed=True)
    store.insert([{"_id": "k", "location": "first"}])
    store.insert([{"_id": "k", "location": "second", "more": 1}])
    assert server.collection("results").find_one() == {"_id": "k", "location": "first"}


@pytest.mark.parametrize("lack", WHOLE)
def test_what_is_left_is_enough(server: DocDBServer, lack: str) -> None:
    server.faults.lacks.add(lack)
    open_store("docdb").check(write=True)
    one, other = open_store("docdb"), open_store("docdb")  # as other processes, that try nothing themselves
    assert one.claim([claim_of(A), claim_of(A, "k2")], {}) == {"k", "k2"}
    assert other.claim([claim_of(B)], {}) == set()
    seen = one.job_states(["k"])
    assert seen == other.job_states(["k"])
    assert other.claim([claim_of(B)], seen) == {"k"}
    assert one.claim([claim_of(A)], seen) == set()
    assert one.settle([new_state("k", "failed", 1, PARTS, owner=A, error=ERROR)], "a") == {}
    assert one.job_states(["k"])["k"]["owner"] == B
    assert other.settle([new_state("k", "failed", 1, PARTS, owner=B, error=ERROR)], "b") == {}
    (state,) = (one for one in other.states() if one["key"] == "k")
    assert (state["state"], state["parts"], "expires" in state) == ("failed", PARTS, False)
    assert one.settle([new_state(key, "done", 1, PARTS, owner=A) for key in ("k", "never claimed")], "a") == {}
    assert {key: one["state"] for key, one in other.job_states(["k", "never claimed"]).items()} == {
        "k": "done",
        "never claimed": "done",
    }
    assert one.insert([{"_id": "k", "location": "/first"}]) == {}
    assert other.insert([{"_id": "k", "location": "/second"}, {"_id": "k2", "location": "/x"}]) == {}
    assert {key: one.location for key, one in other.recorded(["k", "k2"]).items()} == {"k": "/first", "k2": "/x"}


@pytest.mark.parametrize("lacking", WHOLE)
def test_a_launch_is_replaced_whatever_the_service_lacks(server: DocDBServer, lacking: str) -> None:
    server.faults.lacks.add(lacking)
    store = open_store("docdb")
    store.check(write=True)
    for launch in (launch_record(**ENDED), launch_record(run_name="again")):
        assert store.put_launch(launch) == ""
        assert list(open_store("docdb").launches()) == [launch]
