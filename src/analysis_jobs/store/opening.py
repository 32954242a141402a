"""Opening a store by its place: a SQLite file, a PostgreSQL database, or AIND's document database.

Imports within functions are for a quick start.
"""

import re
from pathlib import Path

from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.protocol import Store
from analysis_jobs.wording import is_url, shown

# How the address of a database begins; the second is an older spelling of libpq
POSTGRESQL = ("postgresql://", "postgres://")
# A word with neither a folder nor an ending; functions/parameters.nf has the same
_LIKE_DOCDB = re.compile(r"[^/.]+")


def open_store(url: str, *, read_only: bool = False, profile: str | None = None) -> Store:
    """Open a store.

    Parameters
    ----------
    url
        ``docdb`` for the AIND document database that the environment names, or its URL
        (``docdb://host/version/database/collection``); ``postgresql://host/database`` for a database of one's own;
        else the path of a SQLite file, made if it is not there.
    read_only
        Promise not to write: then nothing is made, a file that is not there is an empty store, and no credentials
        are needed.
    profile
        AWS profile to write with, instead of the credentials that the AWS chain finds.

    Raises
    ------
    InvalidInput
        If it is of no known kind, its file cannot be opened or is no store, or a setting of DocDB is missing.
    """
    from analysis_jobs.store.sqlite import SqliteStore

    if url == "docdb" or url.startswith("docdb://"):
        from analysis_jobs.store.docdb import DocdbStore, docdb_url

        return DocdbStore(docdb_url() if url == "docdb" else url, read_only=read_only, profile=profile)
    if url.startswith(POSTGRESQL):
        try:
            from analysis_jobs.store.postgresql import PostgresqlStore
        except ImportError as error:
            raise InvalidInput(
                f"a store in PostgreSQL needs psycopg ({error}): pip install 'aind-analysis-jobs[postgresql]'"
            ) from None

        return PostgresqlStore(url, read_only=read_only)
    if is_url(url):
        raise InvalidInput(
            f"the store {shown(url)} is of an unknown kind; give a SQLite file, postgresql://HOST/DATABASE, or docdb"
        )
    return SqliteStore(Path(url), read_only=read_only)


def check_writable(url: str, profile: str | None = None) -> None:
    """See that a launch could write to a store, without making one: as `open_store` and `Store.check` do otherwise.

    Parameters
    ----------
    url, profile
        See `open_store`.

    Raises
    ------
    InvalidInput
        If not.
    ServiceUnavailable
        If it does not answer now.
    """
    if url == "docdb" or url.startswith("docdb://"):
        open_store(url, profile=profile).check(write=True)
    elif is_url(url):
        open_store(url, read_only=True).check(write=True)
    else:
        from analysis_jobs.store.sqlite_database import check_sqlite_writable

        check_sqlite_writable(Path(url))


def no_store(place: str, remedy: str) -> str:
    """Return the words for a store that is not there, which may be a misspelt ``docdb``."""
    if _LIKE_DOCDB.fullmatch(place):
        return f"there is no store {place}. Did you mean docdb, AIND's document database? Otherwise {remedy}"
    return f"there is no store {place}; {remedy}"
