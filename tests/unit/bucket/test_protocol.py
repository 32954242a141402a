"""What buckets say alike."""

from pathlib import Path

from analysis_jobs.bucket.protocol import ResultFile, changed_text


def test_a_file_that_was_changed_is_named_as_in_the_results() -> None:
    text = "plots/a.png has other content than the analysis left"
    assert changed_text(ResultFile("plots/a.png", Path("a/file.png"))) == text
