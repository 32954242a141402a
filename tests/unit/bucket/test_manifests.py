"""What a manifest says of a file, and what tells results from all others."""

import hashlib
from pathlib import Path

import pytest

from analysis_jobs.bucket.manifests import content_digest, manifest_line
from analysis_jobs.bucket.protocol import ResultFile

LINES = [{"path": "a", "sha256": "1"}, {"path": "b", "sha256": "2"}]


def test_manifest_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"content")
    line = manifest_line(ResultFile("sub/x", tmp_path / "x"))
    assert line == {"path": "sub/x", "size": 7, "sha256": hashlib.sha256(b"content").hexdigest()}


def test_the_order_and_other_facts_of_files_make_no_difference() -> None:
    assert content_digest(LINES) == content_digest([{**line, "size": 3} for line in reversed(LINES)])
    assert len(content_digest([])) == 16


@pytest.mark.parametrize("other", [[], LINES[:1], [{"path": "a", "sha256": "2"}, {"path": "b", "sha256": "1"}]])
def test_names_and_contents_do(other: list[dict[str, str]]) -> None:
    assert content_digest(other) != content_digest(LINES)
