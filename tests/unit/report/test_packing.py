"""The block of data in the report."""

import base64
import gzip
import json

from analysis_jobs.report.packing import LARGEST_PLAIN, packed


def test_what_is_small_stays_as_it_is() -> None:
    assert packed({"rows": [1, 2]}) is None


def test_what_is_large_is_compressed() -> None:
    data = {"rows": ["</script>\udcff" * 100] * (LARGEST_PLAIN // 1_000)}
    text = packed(data)
    assert text is not None
    assert len(text) < LARGEST_PLAIN / 20
    assert json.loads(gzip.decompress(base64.b64decode(text))) == data
    assert packed(data) == text  # the same report is the same file
