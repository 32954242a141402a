"""What the store knows of a key is compared in one form, however a database has written it."""

from datetime import UTC, datetime, timedelta

import pytest
from support.samples import Connect, published

from analysis_jobs.records.build import build_record
from analysis_jobs.store.states import new_owner, new_state, pending
from analysis_jobs.upkeep.known import analysed_by, document_digest, is_claim, known_by, known_now

KEY = "a" * 64
MANIFEST = {**published(KEY, outputs={"x": 1.0, "a.b": {"$c": [2.5, None]}}), "files": []}


def test_a_record_says_what_its_manifest_does() -> None:
    assert known_by(build_record(MANIFEST), claimed=False).analysed == analysed_by(MANIFEST)


@pytest.mark.parametrize(
    "outputs", [{"x": 1, "a.b": {"$c": [2.5, None]}}, {"x": 1.0, "a\uff0eb": {"\uff04c": [2.5, None]}}]
)
def test_how_a_database_writes_it_makes_no_difference(outputs: dict[str, object]) -> None:
    record = build_record(MANIFEST)
    record["processing"]["data_processes"][0]["output_parameters"] = outputs
    assert known_by(record, claimed=False).analysed == analysed_by(MANIFEST)


@pytest.mark.parametrize("outputs", [{}, None, {"x": 1.5, "a.b": {"$c": [2.5, None]}}])
def test_other_outputs_do(outputs: object) -> None:
    assert analysed_by({**MANIFEST, "outputs": outputs or {}}) != analysed_by(MANIFEST)


def test_a_manifest_of_an_old_version_says_nothing() -> None:
    assert analysed_by({"files": [], "location": "x"}) == {}


def test_fields_that_a_database_adds_make_no_difference() -> None:
    record = build_record(MANIFEST)
    assert document_digest({**record, "_last_modified": "now"}) == document_digest(record)
    assert document_digest({**record, "location": "/x"}) != document_digest(record)


def test_what_is_known_now(connect: Connect) -> None:
    store = connect()
    assert not known_now(KEY, store).recorded
    store.claim([pending(KEY, 1, MANIFEST["parts"], new_owner("run", None), 1)], {})
    assert known_now(KEY, store).claimed
    store.insert([build_record(MANIFEST)])
    known = known_now(KEY, connect())
    assert (known.recorded, known.claimed, known.damaged) == (True, True, "")


def test_a_claim_ends_with_its_time() -> None:
    state = pending(KEY, 1, MANIFEST["parts"], new_owner("run", None), 1)
    assert is_claim(state)
    assert not is_claim({**state, "expires": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()})
    assert not is_claim(new_state(KEY, "done", 1, MANIFEST["parts"]))
