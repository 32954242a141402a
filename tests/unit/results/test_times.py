"""Times as people write them in options."""

import pytest

from analysis_jobs.errors import InvalidInput
from analysis_jobs.results.times import parse_time


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("2026-01-31", False, "2026-01-31T00:00:00+00:00"),
        ("2026-01-31", True, "2026-01-31T23:59:59.999999+00:00"),
        ("20260131", True, "2026-01-31T23:59:59.999999+00:00"),
        ("2026-01-31T14:00", True, "2026-01-31T14:00:00+00:00"),
        (" 2026-01-31 14:00:00+02:00 ", False, "2026-01-31T14:00:00+02:00"),
        ("9999-12-31", True, "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_times(text, end, expected):
    assert parse_time(text, "--until", end=end).isoformat() == expected


@pytest.mark.parametrize("text", ["", "now", "31.1.2026", "2026-02-30"])
def test_no_times(text):
    with pytest.raises(InvalidInput, match="--since is"):
        parse_time(text, "--since")
