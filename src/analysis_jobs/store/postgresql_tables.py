"""The tables of the PostgreSQL store, with the version that they are of, and how those of an older one become it.

Each document is there twice: as it was written, which is what this package reads whole, and as `jsonb`, for SQL and
indexes, which loses the order of names and takes no null characters.
"""

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.sql import SQL

from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.postgresql_views import POSTGRESQL_VIEWS

# By the version that they lead to; what has landed once stays as it is, and changes come as a version of their own
_STEPS = {
    1: """
CREATE TABLE record_documents (
    _id text COLLATE "C" PRIMARY KEY, location text NOT NULL, document text NOT NULL, data jsonb NOT NULL);
CREATE TABLE record_inputs (
    url text COLLATE "C", _id text COLLATE "C" REFERENCES record_documents ON DELETE CASCADE, PRIMARY KEY (url, _id));
CREATE INDEX record_inputs_of ON record_inputs (_id);
CREATE TABLE job_states (
    key text COLLATE "C" PRIMARY KEY, revision text NOT NULL, owner text, document text NOT NULL, data jsonb NOT NULL);
CREATE INDEX job_states_claimed ON job_states (key) WHERE data ->> 'state' = 'pending';
CREATE TABLE launch_documents (session text COLLATE "C" PRIMARY KEY, document text NOT NULL, data jsonb NOT NULL);
CREATE TABLE history_documents (_id text COLLATE "C" PRIMARY KEY, document text NOT NULL, data jsonb NOT NULL);
"""
}
TABLES_VERSION = max(_STEPS)
# Of what makes the tables at the same moment, one is first
_LOCK = 0x616E616C


def version_in(connection: Connection) -> int:
    """Return of which version the tables are that a database has; 0 if it has none.

    Raises
    ------
    InvalidInput
        If they are of a newer one than this program knows.
    """
    try:
        found = connection.execute("SELECT max(version) FROM analysis_jobs_schema").fetchone()
    except UndefinedTable:  # no question of its own whether it is there: each waits for an answer from far away
        return 0
    version = int(found[0] or 0) if found else 0
    if version > TABLES_VERSION:
        raise InvalidInput(
            f"its tables are of version {version}, and this program knows version {TABLES_VERSION}: upgrade "
            "aind-analysis-jobs here, or use the version that the others use"
        )
    return version


def make_tables(connection: Connection) -> None:
    """Make the tables and views of this version, or make those of it that are of an older one."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute("CREATE TABLE IF NOT EXISTS analysis_jobs_schema (version integer NOT NULL)")
        before = version_in(connection)
        for version in range(before + 1, TABLES_VERSION + 1):
            connection.execute(SQL(_STEPS[version]))
        if before < TABLES_VERSION:
            _renew_views(connection)
            connection.execute("DELETE FROM analysis_jobs_schema")
            connection.execute("INSERT INTO analysis_jobs_schema VALUES (%s)", [TABLES_VERSION])


def _renew_views(connection: Connection) -> None:
    for name, query in POSTGRESQL_VIEWS.items():
        connection.execute(SQL(f"DROP VIEW IF EXISTS {name}"))
        connection.execute(SQL(f"CREATE VIEW {name} AS{query}"))
