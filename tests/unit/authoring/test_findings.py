"""What a check finds: levels of one kind."""

from analysis_jobs.authoring.findings import Finding, warning, wrong


def test_levels() -> None:
    assert [wrong("a"), warning("b")] == [Finding("wrong", "a"), Finding("warning", "b")]
