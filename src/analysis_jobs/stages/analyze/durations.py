"""Durations as Nextflow writes them: `4 h`, `1h 30m`, `90 sec`."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|milli\w*|s\w*|m\w*|h\w*|d\w*)")


def duration_seconds(text: str) -> float | None:
    """Return the seconds of a duration; None of an empty text.

    Nextflow has checked it, and takes whole words and their beginnings for units.
    """
    parts = _PART.findall(text.lower())
    return sum(float(number) * _SECONDS[_unit(word)] for number, word in parts) if parts else None


def _unit(word: str) -> str:
    return "ms" if word == "ms" or word.startswith("milli") else word[0]
