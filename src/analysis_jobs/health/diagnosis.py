"""What a check says: a line that is fine, that deserves a warning, or that is wrong and keeps a launch from running."""

from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

Level = Literal["ok", "warning", "wrong"]


class Said(NamedTuple):
    """What a check has found: of which level it is, and the words, with what to do where there is something."""

    level: Level
    message: str


@dataclass(frozen=True)
class Diagnosis:
    """A line of the doctor.

    Attributes
    ----------
    check
        What was looked at, in a word, such as `java`.
    level
        `ok`; `warning`, with which a launch may run; `wrong`, with which it does not.
    message
        What was found and, but for `ok`, what to do.
    """

    check: str
    level: Level
    message: str

    def as_json(self) -> dict[str, str]:
        """Return it as JSON holds it."""
        return asdict(self)


def fine(message: str) -> Said:
    """Return what is as it is to be."""
    return Said("ok", message)


def doubtful(message: str) -> Said:
    """Return what a launch may survive."""
    return Said("warning", message)


def broken(message: str) -> Said:
    """Return what keeps a launch from running."""
    return Said("wrong", message)
