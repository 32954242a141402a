"""Durations as Nextflow writes them."""

import pytest

from analysis_jobs.stages.analyze.durations import duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("2 s", 2),
        ("90sec", 90),
        ("500 ms", 0.5),
        ("250 millis", 0.25),
        ("3 m", 180),
        ("15 min", 900),
        ("1.5 h", 5400),
        ("1h 30m", 5400),
        ("2 days", 172800),
    ],
)
def test_seconds_of(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == seconds
