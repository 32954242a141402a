"""A connection to SQLite that fails."""

import sqlite3


class Contended:
    """A connection that fails as SQLite does where two processes make one file, or for another reason."""

    def __init__(self, code: int) -> None:
        self.code, self.left = code, 2

    def execute(self, statement: str) -> None:
        self.left -= 1
        if self.left >= 0:
            error = sqlite3.OperationalError("it failed")
            error.sqlite_errorcode = self.code
            raise error

    def close(self) -> None:
        """There is nothing to close."""
