"""Words of the report: short ones, and those of one or many."""

from analysis_jobs.report.run import plural
from analysis_jobs.wording import cut


def test_small_words() -> None:
    assert (plural(1, "job"), plural(2000, "job")) == ("1 job", "2,000 jobs")
    assert (cut("12345", 5), cut("123456", 5)) == ("12345", "1234…")
