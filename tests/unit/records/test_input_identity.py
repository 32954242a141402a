"""What an input was, in words, and by what it is seen that it has changed."""

import pytest

from analysis_jobs.documents import InputIdentity
from analysis_jobs.records.input_identity import identity_text, what_changed

FILE: InputIdentity = {"location": "/data/a.nwb", "size": 1234, "modified": "2026-01-02T03:04:05.000000006Z"}
OBJECT: InputIdentity = {
    "location": "s3://b/a.nwb",
    "size": 1234,
    "etag": "0a",
    "modified": "2026-01-02T03:04:05+00:00",
}
FOLDER: InputIdentity = {"location": "s3://b/a.zarr", "size": 5_000_000, "files": 10_000, "listing": "ab" * 32}


@pytest.mark.parametrize(
    ("identity", "text"),
    [
        (FILE, "/data/a.nwb: 1,234 bytes, modified 2026-01-02T03:04:05.000000006Z"),
        (
            {**OBJECT, "version": "v1", "changed_meanwhile": True},
            "s3://b/a.nwb: 1,234 bytes, ETag 0a, version v1, modified 2026-01-02T03:04:05+00:00, it changed while the "
            "job ran",
        ),
        (FOLDER, f"s3://b/a.zarr: 10,000 files, 5,000,000 bytes, listing sha256:{'ab' * 32}"),
    ],
)
def test_all_that_is_known_is_said(identity: InputIdentity, text: str) -> None:
    assert identity_text(identity) == text


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (FILE, FILE, ""),
        (FILE, {**FILE, "size": 1235}, "size 1,234 → 1,235 bytes"),
        (FILE, {**FILE, "modified": "later"}, "modified 2026-01-02T03:04:05.000000006Z → later"),
        # The same content, uploaded again
        (OBJECT, {**OBJECT, "modified": "later", "version": "v2"}, ""),
        (OBJECT, {**OBJECT, "etag": "0b"}, "ETag 0a → 0b"),
        (OBJECT, {**OBJECT, "size": 5, "etag": "0b"}, "size 1,234 → 5 bytes, ETag 0a → 0b"),
        # Of a server that has stopped to tell one
        (OBJECT, FILE, "modified 2026-01-02T03:04:05+00:00 → 2026-01-02T03:04:05.000000006Z"),
        (FOLDER, FOLDER, ""),
        (FOLDER, {**FOLDER, "listing": "cd" * 32}, "listing sha256:abababababab → sha256:cdcdcdcdcdcd"),
        (FOLDER, {**FOLDER, "files": 1, "size": 7}, "10,000 files, 5,000,000 bytes → 1 file, 7 bytes"),
        (FILE, FOLDER, "1,234 bytes → 10,000 files, 5,000,000 bytes"),
    ],
)
def test_what_has_changed_is_said_with_old_and_new(old: InputIdentity, new: InputIdentity, changes: str) -> None:
    assert what_changed(old, new) == changes
