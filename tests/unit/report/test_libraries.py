"""Libraries that the report embeds."""

from typing import Any

import pytest

from analysis_jobs.report.libraries import bokeh_script, datatables_script


@pytest.mark.parametrize("script", [datatables_script, bokeh_script])
def test_the_libraries_cannot_end_their_script(script: Any) -> None:
    text = str(script())
    assert len(text) > 500_000
    assert not any(ending in text.lower() for ending in ("</script", "<script", "<!--"))
