"""Which records are of a recording, also in a file that is older than the table which says so."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from analysis_jobs.store.sqlite_inputs import INPUTS, list_inputs, stand_in_for_inputs

RECORDS = {
    "two": {"processing": {"data_processes": [{"code": {"input_data": [{"url": "a"}, {"url": "b"}]}}]}},
    "one": {"processing": {"data_processes": [{"code": {"input_data": [{"url": "a"}, {"name": "no url"}, "odd"]}}]}},
    "none": {"processing": {}},
}
FOUND = [("a", "one"), ("a", "two"), ("b", "two")]
ASKED = "SELECT url, _id FROM record_inputs ORDER BY url, _id"


@pytest.fixture
def older() -> Iterator[sqlite3.Connection]:
    """A store as the first version made it, with a damaged document."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE record_documents (_id TEXT PRIMARY KEY, location TEXT, document TEXT)")
        documents = {**{key: json.dumps(record) for key, record in RECORDS.items()}, "damaged": '{"processing'}
        connection.executemany("INSERT INTO record_documents VALUES (?, '', ?)", documents.items())
        yield connection


def test_the_records_of_an_older_file_are_listed(older: sqlite3.Connection) -> None:
    list_inputs(older)
    assert older.execute(ASKED).fetchall() == FOUND


def test_new_records_are_listed_as_they_come(older: sqlite3.Connection) -> None:
    list_inputs(older)
    document = json.dumps(RECORDS["two"])
    older.execute("INSERT INTO record_documents VALUES ('new', '', ?)", [document])
    assert ("b", "new") in older.execute(ASKED).fetchall()


def test_to_read_them_nothing_is_written(older: sqlite3.Connection) -> None:
    older.execute("PRAGMA query_only = ON")
    stand_in_for_inputs(older)
    assert older.execute(ASKED).fetchall() == FOUND
    assert older.execute("SELECT name FROM sqlite_master WHERE type <> 'index'").fetchall() == [("record_documents",)]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        older.execute("DELETE FROM record_documents")


def test_where_there_is_the_table_it_is_read(older: sqlite3.Connection) -> None:
    older.executescript(INPUTS)
    older.execute("INSERT INTO record_inputs VALUES ('c', 'three')")
    stand_in_for_inputs(older)
    assert older.execute(ASKED).fetchall() == [("c", "three")]
