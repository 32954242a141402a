"""Duration and memory in words."""

from support.reports import invalid, job

from analysis_jobs.report.measures import measures


def test_measures_in_words() -> None:
    assert measures([job(1), job(2), job(600)]) == {
        "seconds": "3 jobs: median 3.5 s, longest 10 min 02 s (session_600)",
        "peak_memory_bytes": "3 jobs: median 100.0 MB, most 100.0 MB (session_600)",
    }
    assert measures([invalid(1)]) == {}
