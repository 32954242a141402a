"""Which records are of a recording: a table of the SQLite store, by which no document is read to find some."""

from typing import TYPE_CHECKING

from analysis_jobs.store.sqlite_views import PROCESS

if TYPE_CHECKING:
    import sqlite3

_TABLE = "CREATE TABLE IF NOT EXISTS record_inputs (url TEXT, _id TEXT, PRIMARY KEY (url, _id)) WITHOUT ROWID;"
_TRIGGER = f"""
CREATE TRIGGER IF NOT EXISTS record_inputs_of_new AFTER INSERT ON record_documents BEGIN
    INSERT OR IGNORE INTO record_inputs SELECT input.value ->> 'url', NEW._id
    FROM json_each(NEW.document, '{PROCESS}.code.input_data') AS input
    WHERE input.value ->> 'url' IS NOT NULL;
END;
"""
INPUTS = f"{_TABLE}{_TRIGGER}"
# What the trigger has not seen: the records of a file that is older than this table
_OLDER = f"""
SELECT input.value ->> 'url' AS url, record._id AS _id FROM record_documents AS record,
json_each(CASE WHEN json_valid(record.document) THEN record.document ELSE '{{}}' END,
'{PROCESS}.code.input_data') AS input
WHERE input.type = 'object' AND input.value ->> 'url' IS NOT NULL"""


def list_inputs(connection: "sqlite3.Connection") -> None:
    """Make the table in a file that has records and no such table, with all of them.

    With the trigger at once: an older version that writes to the file meanwhile makes neither.
    """
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        connection.execute(_TABLE)
        connection.execute(_TRIGGER)
        connection.execute(f"INSERT OR IGNORE INTO record_inputs {_OLDER}")


def stand_in_for_inputs(connection: "sqlite3.Connection") -> None:
    """Let a connection that only reads find the same without the table; nothing is written to the file."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'record_inputs'").fetchone():
        return
    connection.execute("PRAGMA query_only = OFF")
    connection.execute(f"CREATE TEMP VIEW record_inputs AS {_OLDER}")
    connection.execute("PRAGMA query_only = ON")
