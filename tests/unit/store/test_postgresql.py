"""What is written to PostgreSQL comes back as it was, and a claim whose answer was lost is got."""

import json
from typing import Any

import psycopg
import pytest
from fakes.postgresql import PostgresqlServer

from analysis_jobs.store.opening import open_store
from analysis_jobs.store.postgresql import PostgresqlStore
from analysis_jobs.store.postgresql_database import PostgresqlDatabase
from analysis_jobs.store.states import new_owner, new_state, pending

ODD = {"z": "\0", "a": "\U0001f9e0", "b": '{"},\\', "long name": 1e300, "\0": [1.0, 1e23, 10**17]}
PARTS: Any = {"key_version": 1, "inputs": ["in"], "parameters": ODD, "code": "c"}
ERROR: Any = {
    "stage": "analyze",
    "cause": "analysis",
    "type": "E",
    "message": "oh",
    "traceback": "long",
    "log_tail": "\0",
}


@pytest.fixture
def store(postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch) -> PostgresqlStore:
    postgresql.empty()
    for name, value in postgresql.environment.items():
        monkeypatch.setenv(name, value)
    store = open_store(postgresql.url)
    assert isinstance(store, PostgresqlStore)
    return store


@pytest.mark.parametrize("parameters", [ODD, {"z": 1, "a": {"y": 2, "b": 3}}])
def test_values_and_their_order_come_back(parameters: dict[str, Any], store: PostgresqlStore) -> None:
    failed = new_state("k", "failed", 1, {**PARTS, "parameters": parameters}, error=ERROR)
    record = {"_id": "k", "location": "/bucket/k", "name": "\0 and \ud800"}
    process = {"name": "p", "code": {"parameters": {"z": 1, "a": 2}}, "output_parameters": {"z": 1, "a": 2}}
    store.settle([failed], "")
    store.insert([{**record, "processing": {"data_processes": [process]}}])
    assert raw(store.job_states(["k"])["k"]) == raw(failed)
    (brief,) = store.states(brief=True)
    assert list(brief["parts"]["parameters"]) == list(parameters)
    (summary,) = store.summaries(None)
    assert list(summary.parameters) in (["z", "a"], ["a", "z"])
    assert json.loads(store.raw("record", "k"))["name"] == "\0 and \ud800"


def test_the_order_of_outputs_is_told(store: PostgresqlStore) -> None:
    process = {"output_parameters": {"z": 1, "a": {"y": 2, "b": 3}}}
    store.insert([{"_id": "k", "location": "/bucket/k", "processing": {"data_processes": [process]}}])
    assert raw(store.recorded(["k"])["k"].outputs.values) == raw(process["output_parameters"])


def test_logs_are_left_out_of_what_is_brief(store: PostgresqlStore) -> None:
    store.settle([new_state("k", "failed", 1, {**PARTS, "parameters": {}}, error={**ERROR, "log_tail": "x"})], "")
    (brief,) = store.states(brief=True)
    assert set(brief["error"]) == {"stage", "cause", "type", "message"}


def raw(value: object) -> str:
    return json.dumps(value)


def test_a_claim_whose_answer_was_lost_is_got(store: PostgresqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    once = PostgresqlDatabase.write
    monkeypatch.setattr(PostgresqlDatabase, "write", lambda *given: (once(*given), once(*given))[1])
    claims = [pending(key, 1, PARTS, new_owner("mine", None), 1) for key in "ab"]
    assert store.claim(claims, {}) == {"a", "b"}
    again = [pending(key, 1, PARTS, new_owner("mine", None), 1) for key in "ab"]
    assert store.claim(again, store.job_states(["a"])) == {"a"}
    assert store.claim([], {}) == set()


def test_inputs_of_records_that_go_are_forgotten(store: PostgresqlStore, postgresql: PostgresqlServer) -> None:
    code = {"input_data": [{"url": "s3://in/x"}, {"url": "s3://in/x"}, {"url": None}, {}]}
    store.insert([{"_id": "k", "location": "/bucket/k", "processing": {"data_processes": [{"code": code}]}}])
    assert postgresql.execute("SELECT * FROM record_inputs") == [("s3://in/x", "k")]
    store.remove("record", ["k"])
    assert postgresql.execute("SELECT * FROM record_inputs") == []


HUGE = '{"processing": {"data_processes": [{"resources": {"ram": 1e400}, "output_parameters": 1}]}}'
NO_DOCUMENTS = ["{", "", "[]", "7", "null", "{}", '{"a": NaN}', "[" * 20_000, '{"error": {}}', HUGE]


@pytest.mark.parametrize("text", NO_DOCUMENTS, ids=[text[:15] for text in NO_DOCUMENTS])
def test_one_damaged_document_hides_no_other(text: str, store: PostgresqlStore, postgresql: PostgresqlServer) -> None:
    damaged = {"a": ["document"], "b": ["data"], "c": ["document", "data"]}
    for key in [*damaged, "k"]:
        process = {
            "name": "p",
            "code": {"parameters": {}, "input_data": [{"url": "in"}]},
            "output_parameters": {"n": 1},
        }
        store.insert([{"_id": key, "location": f"/bucket/{key}", "processing": {"data_processes": [process]}}])
        store.settle([new_state(key, "failed", 1, {**PARTS, "parameters": {}}, error=ERROR)], "")
        note: Any = {"_id": f"{key}.1", "key": key, "act": "adopted", "when": "2026-01-01T00:00:00+00:00", "by": "me"}
        store.add_history([{**note, "what": "x"}])
    refused = {key for key, columns in damaged.items() if not put(postgresql, key, columns, text)}

    every = ["k", *damaged]
    assert "k" in store.recorded(every)
    assert "k" in store.records(every)
    assert "k" in {one.id for one in store.summaries(None)} & {one.id for one in store.summaries(["in"])}
    assert "k" in {one["key"] for one in store.states(brief=True)} & set(store.job_states(every))
    assert "k" in {one.key for one in store.briefs()}
    assert "k.1" in {one["_id"] for one in store.history()}
    assert (list(store.pending()), store.adopted()) == ([], set())
    if text != HUGE:
        assert {"a", "c"} - refused <= store.damaged.states.keys()
        assert text in ("{}", '{"error": {}}') or {"a", "c"} - refused <= store.damaged.records.keys()


def put(postgresql: PostgresqlServer, key: str, columns: list[str], text: str) -> bool:
    """Put a text in the place of all documents of a key; return whether the columns take it."""
    changes = ", ".join(f"{column} = %s" for column in columns)
    try:
        for table, name in {"record_documents": "_id", "job_states": "key", "history_documents": "_id"}.items():
            postgresql.execute(f"UPDATE {table} SET {changes} WHERE {name} LIKE '{key}%%'", *[text] * len(columns))
    except (psycopg.DataError, psycopg.errors.StatementTooComplex):
        return False
    return True


def test_a_state_says_itself_what_is_adopted(store: PostgresqlStore, postgresql: PostgresqlServer) -> None:
    store.settle([new_state("k", "failed", 1, {**PARTS, "parameters": {}}, error=ERROR)], "")
    postgresql.execute("""UPDATE job_states SET data = '{"adopted": {"record": "r"}}'""")
    assert store.adopted() == set()
