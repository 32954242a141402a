"""Jobs in brief by SQL, also where documents are damaged; and whether a file has changed."""

import sqlite3
from pathlib import Path

import pytest
from support.shelf import RATES, Shelf

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.briefs import Brief
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.sqlite_briefs import EVERY_JOB, OF_RECORDS_ALONE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.sqlite"


@pytest.fixture
def shelf(path: Path, tmp_path: Path) -> Shelf:
    return Shelf(open_store(str(path)), open_bucket(str(tmp_path / "analyses")), tmp_path / "jobs")


def test_the_columns_are_those_of_a_brief(shelf: Shelf, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        *halves, records = (len(connection.execute(query).description) for query in EVERY_JOB)
        alone = len(connection.execute(OF_RECORDS_ALONE, {"keys": "[]"}).description)
    connection.close()
    assert {alone, *(half + records - 1 for half in halves)} == {len(Brief._fields)}  # both have the key


@pytest.mark.parametrize("damage", ["not JSON", '{"state": 3}', b"\xff\xfe", "[]"])
@pytest.mark.parametrize("table", ["record_documents", "job_states"])
def test_a_damaged_document_is_left_out_and_named(shelf: Shelf, path: Path, table: str, damage: object) -> None:
    good, bad = shelf.done(["s3://in/a"], RATES), shelf.done(["s3://in/b"], RATES)
    name = "key" if table == "job_states" else "_id"
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {table} SET document = ? WHERE {name} = ?", [damage, bad])
    connection.close()
    store = open_store(str(path), read_only=True)
    briefs = {brief.key: brief for brief in store.briefs()}
    assert briefs[good].recorded
    assert bad in (store.damaged.states if table == "job_states" else store.damaged.records)
    # Of a job whose state is damaged the record tells; of one whose record is damaged, nobody
    assert (bad in briefs) == (table == "job_states")


def test_the_version_changes_with_what_is_written(shelf: Shelf, path: Path) -> None:
    store = open_store(str(path), read_only=True)
    before = store.version()
    assert before == store.version()
    shelf.done(["s3://in/a"], RATES)
    assert store.version() != before
    assert open_store(str(path.with_name("none")), read_only=True).version() == ""
