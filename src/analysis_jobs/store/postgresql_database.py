"""The database behind the PostgreSQL store: connected, asked and written patiently, with errors that users can end."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, NoReturn, TypeVar
from weakref import finalize

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL

from analysis_jobs.errors import InvalidInput
from analysis_jobs.redaction.text import redacted
from analysis_jobs.retries import patiently, timed
from analysis_jobs.store.postgresql_tables import TABLES_VERSION, make_tables, version_in
from analysis_jobs.store.sql import NOTHING_GIVEN
from analysis_jobs.wording import plural

_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)

# Rows of a large answer that come together
FETCHED_TOGETHER = 5_000
CONNECT_SECONDS = 10
# Classes of SQLSTATE that pass: connections, what somebody else locks, resources, an operator
_PASSING = ("08", "40", "53", "55P03", "57P0")
# What the client says where no server has answered, or another one than there will be
_NOT_THERE = re.compile(
    r"refused|not yet accepting|time[d ]*out|timeout|could not connect|starting up|shutting down|too many clients"
    r"|connection slots|closed|reset|name resolution|translate host|not known|unreachable|broken pipe"
    r"|recovery mode|consuming input|no such file|lost",
    re.IGNORECASE,
)
_numbers = count()  # of cursors
_GIVEN = re.compile(r"(?<!:):([a-z]+)\b")


class PostgresqlDatabase:
    """A database of a PostgreSQL server with the tables of a store."""

    def __init__(self, url: str, *, read_only: bool = False, instead: Mapping[str, str] = NOTHING_GIVEN) -> None:
        """Connect, and, to write, make the tables; see `analysis_jobs.store.opening.open_store`.

        Parameters
        ----------
        instead
            By parts of queries, what is asked instead where a document is not what they take it for.
        """
        self.url, self.read_only, self._instead = url, read_only, instead
        self.place = _place(url)
        self._held: list[psycopg.Connection] = []
        finalize(self, _close, self._held)
        self.is_empty = self.ask(self._look)

    def _look(self, connection: psycopg.Connection) -> bool:
        """Return whether there is nothing yet, which only those meet who do not write."""
        version = version_in(connection)
        if version < TABLES_VERSION and not self.read_only:
            make_tables(connection)
            return False
        return version == 0

    def _connection(self) -> psycopg.Connection:
        if self._held and not self._held[0].closed:
            return self._held[0]
        self._held[:] = [
            psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="analysis-jobs",
                client_encoding="utf8",
                prepare_threshold=None,  # connection pools between us and the server may not take prepared statements
            )
        ]
        return self._held[0]

    def ask(self, call: Callable[[psycopg.Connection], _Answer]) -> _Answer:
        """Return what a call finds with a connection; it is repeated with another one where that was lost.

        Raises
        ------
        InvalidInput
            If the server refuses.
        ServiceUnavailable
            If it does not answer for `analysis_jobs.retries.patience`.
        """
        try:
            return patiently(lambda: call(self._connection()), self._why_not_now, f"the store {self.place}")
        except psycopg.Error as error:
            self._refuse(error)
        except InvalidInput as error:
            raise InvalidInput(f"the store {self.place} cannot be used: {error}") from None

    def select(self, query: str, given: Mapping[str, Any] = NOTHING_GIVEN) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, which may be more than there is memory for.

        Raises
        ------
        InvalidInput
            If the server refuses.
        """
        if self.is_empty:
            return
        cursor = self.ask(lambda connection: self._tried(_opened, connection, query, given))
        with suppress(psycopg.Error), cursor:
            while rows := self.ask(lambda _: cursor.fetchmany(FETCHED_TOGETHER)):
                yield from rows
                if len(rows) < FETCHED_TOGETHER:
                    return

    def among(self, query: str, keys: Sequence[str], what: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query about keys, which has them as the array `:keys`; `what` says so in the log."""
        if self.is_empty or not keys:
            return
        with timed(log.debug, f"the store {self.place}: {what} of {plural(len(keys), 'key')}") as came:
            rows = self.ask(lambda connection: self._tried(_rows, connection, query, {"keys": list(keys)}))
            came.append(f"{len(rows)} found")
        yield from rows

    def _tried(
        self,
        asked: Callable[[psycopg.Connection, str, Mapping[str, Any]], _Answer],
        connection: psycopg.Connection,
        query: str,
        given: Mapping[str, Any],
    ) -> _Answer:
        try:
            return asked(connection, query, given)
        except (psycopg.DataError, psycopg.errors.StatementTooComplex):  # also of what is nested too deeply
            careful = query
            for part, other in self._instead.items():
                careful = careful.replace(part, other)
            if careful == query:
                raise
            return asked(connection, careful, given)

    def has(self, table: str) -> bool:
        """Return whether there is a table: all are made together."""
        return not self.is_empty

    def form(self) -> str:
        """Return of which version the tables are, in words."""
        version = 0 if self.is_empty else self.ask(version_in)
        if not version:
            return "no tables yet, which the first launch makes"
        older = "" if version == TABLES_VERSION else ", which the next launch brings up to this"
        return f"tables of version {version}{older}"

    def write(self, what: str, call: Callable[[psycopg.Connection], _Answer], *, alone: bool = False) -> _Answer:
        """Do what a call does in a transaction, which may be done more than once, the last time alone for good.

        Parameters
        ----------
        what
            What it does, for the log.
        call
            Does it with a connection.
        alone
            Whether it is one statement: that is a transaction by itself, and waits for one answer instead of three.

        Raises
        ------
        InvalidInput
            If the server refuses.
        ServiceUnavailable
            If it cannot be written now.
        """

        def transaction(connection: psycopg.Connection) -> _Answer:
            with connection.transaction():
                return call(connection)

        with timed(log.debug, f"the store {self.place}: {what}"):
            return self.ask(call if alone else transaction)

    def _why_not_now(self, error: Exception) -> str:
        """Return in words why the store cannot be used now; an empty text for an error that stays."""
        if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return ""
        state, words = error.sqlstate or "", _words(error)
        if state == "53100":
            return "the disk of the server is full: free some space"
        return words if state.startswith(_PASSING) or (not state and _NOT_THERE.search(words)) else ""

    def _refuse(self, error: psycopg.Error) -> NoReturn:
        words, state = _words(error), error.sqlstate or ""
        raise InvalidInput(f"the store {self.place} refuses: {words}; {_remedy(state, words)}") from None


def _remedy(state: str, words: str) -> str:
    if state == "42501" and "schema" in words:
        return "let somebody who may make tables run `analysis-jobs store prepare`, or give --store another database"
    if state in ("42501", "25006"):
        return "ask the administrator of the database for the rights that docs/postgresql.md lists"
    if state == "42P07":
        return "it has tables of something else: give the store a database or a schema of its own (docs/postgresql.md)"
    if not state:
        return "check the address, the user and the password (PGPASSFILE)"
    return "see its log, or give --store another database"


def _opened(
    connection: psycopg.Connection, query: str, given: Mapping[str, Any]
) -> psycopg.ServerCursor[tuple[Any, ...]]:
    cursor = connection.cursor(name=f"rows_{next(_numbers)}", withhold=True)
    cursor.execute(_statement(query), given)
    return cursor


def _rows(connection: psycopg.Connection, query: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(_statement(query), given).fetchall()
    return rows


def _statement(query: str) -> SQL:
    return SQL(_GIVEN.sub(r"%(\1)s", query.replace("%", "%%")))


def _words(error: Exception) -> str:
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None  # without the query
    return redacted(" ".join((said or str(error)).split())).removesuffix(".") or type(error).__name__


def _place(url: str) -> str:
    """Return what messages call a database: its address without a password.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise InvalidInput(
            f"the store {redacted(url)} is not the address of a database: {_words(error)}; give postgresql://HOST/DATABASE"
        ) from None
    host = parts.get("host") or ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{host}{port}/{parts.get('dbname') or ''}"


def _close(held: list[psycopg.Connection]) -> None:
    with suppress(psycopg.Error):
        for connection in held:
            connection.close()
