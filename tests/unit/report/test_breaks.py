"""Where long names may go on in another line."""

import pytest
from support.samples import PROJECT

from analysis_jobs.report import breaks
from analysis_jobs.report.breaks import breakable


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ecephys_000123_2026-01-02", ["ecephys_", "000123_", "2026-", "01-", "02"]),
        ("cutoff=0.002", ["cutoff=0.002"]),  # a number is whole
        ("isi_violations.unit", ["isi_", "violations.", "unit"]),
        ("s3://bucket/a.nwb", ["s3://", "bucket/", "a.", "nwb"]),
        ("lowest -14, 1e-12, [-5]", ["lowest -14, 1e-12, [-5]"]),
        ("a" * 40, ["a" * 40]),
        ("x_" + "a" * 41, ["x_", "a" * 20, "a" * 20, "a"]),
        ("", [""]),
    ],
)
def test_lines_end_between_words(text: str, parts: list[str]) -> None:
    assert breakable(text).split("<wbr>") == parts


def test_nothing_is_markup() -> None:
    assert breakable("<b>&\x1b\u202e") == "&lt;b&gt;&amp;\\x1b\\u202e"


def test_the_browser_has_the_same() -> None:
    script = (PROJECT / "src/analysis_jobs/report/templates/texts.js").read_text()
    assert breaks._BREAK.pattern in script
    assert breaks._TOO_LONG.pattern in script
    assert f"{{1,{breaks._PIECE}}}" in script
