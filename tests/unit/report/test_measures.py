"""Duration and memory in words."""

import pytest
from support.reports import invalid, job

from analysis_jobs.report.measures import measures, seconds_text


def test_measures_in_words() -> None:
    assert measures([job(1), job(2), job(600)]) == {
        "seconds": "3 jobs: median 3.5 s, longest 10 min 02 s (session_600)",
        "peak_memory_bytes": "3 jobs: median 100.0 MB, most 100.0 MB (session_600)",
    }
    assert measures([invalid(1)]) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "0.25 s"), (59.94, "59.9 s"), (61, "1 min 01 s"), (7260, "2 h 01 min")]
)
def test_seconds_text(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text
