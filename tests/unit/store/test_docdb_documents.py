"""How records and job states lie in DocDB."""

import pytest
from fakes.docdb import DocDBServer

from analysis_jobs.shapes import Damaged
from analysis_jobs.store.docdb_documents import document_of_record, document_of_state, record_in, state_in
from analysis_jobs.store.protocol import Store
from analysis_jobs.store.states import pending

OUTPUTS = {"0.5": 1, "$a": [{"b.c": 2}], "plain": "0.5 of $a"}

PARTS = {"key_version": 1, "inputs": ["in"], "parameters": OUTPUTS, "code": "sha256:c0de"}
OWNER = {"session": "a", "process": None}


def record(outputs: object = OUTPUTS) -> dict[str, object]:
    return {"_id": "k", "location": "x", "processing": {"data_processes": [{"output_parameters": outputs}]}}


def test_a_record_comes_back_as_it_was() -> None:
    assert record_in(document_of_record(record())) == record()


def test_a_state_comes_back_as_it_was() -> None:
    state = pending("k", 1, PARTS, OWNER, 1)
    assert state_in(document_of_state(state) | {"_id": "k"}, whole=True) == state


@pytest.mark.parametrize("parts", ["{", "[" * 5_000])
def test_parts_that_cannot_be_read_are_said(parts: str) -> None:
    document = {**document_of_state(pending("k", 1, PARTS, OWNER, 1)), "_id": "k", "parts": parts}
    with pytest.raises(Damaged, match=r"^parts: "):
        state_in(document, whole=True)


def test_names_that_the_database_refuses_are_stored_under_their_twins(server: DocDBServer, store: Store) -> None:
    record = {
        "_id": "k",
        "location": "x",
        "processing": {"data_processes": [{"output_parameters": {"0.5": 1, "$a": [{"b.c": 2}]}}]},
    }
    assert store.insert([record]) == {}
    found = server.collection("results").find_one({"_id": "k"})
    assert found["processing"]["data_processes"][0]["output_parameters"] == {"0．5": 1, "＄a": [{"b．c": 2}]}
