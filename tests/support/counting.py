"""An object for the tests of those in other environments."""

import sys

from analysis_jobs.errors import InvalidInput, ServiceUnavailable


class Counter:
    """Counts, in whatever Python it was made."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise InvalidInput("it begins below 0")
        self.count = start

    def add(self, number: int) -> dict[str, object]:
        self.count += number
        print("said there")
        return {"count": self.count, "prefix": sys.prefix}

    def fail(self) -> None:
        raise ServiceUnavailable("later")

    def end(self) -> None:
        sys.exit(7)
