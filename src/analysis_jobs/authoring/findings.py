"""What a check of an analysis finds."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """Something that is `wrong`, with which a launch fails, or that deserves a `warning`; in words."""

    level: Literal["wrong", "warning"]
    message: str


def wrong(message: str) -> Finding:
    """Return a finding with which a launch fails."""
    return Finding("wrong", message)


def warning(message: str) -> Finding:
    """Return a finding that a launch may survive."""
    return Finding("warning", message)
