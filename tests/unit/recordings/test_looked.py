"""The identity of a folder, and the digest of what is in it."""

import hashlib

import pytest

from analysis_jobs.recordings import looked
from analysis_jobs.recordings.looked import (
    ListedFile,
    TooManyFiles,
    exact_time,
    file_content,
    folder_content,
    folder_identity,
)

FILES = [ListedFile("a/0.0", 5, "e1"), ListedFile(".zgroup", 2, "e2")]


def test_the_order_of_a_listing_is_no_part_of_it() -> None:
    identity = folder_identity("s3://b/z", FILES)
    assert identity == folder_identity("s3://b/z", reversed(FILES))
    listing = hashlib.sha256(b".zgroup\x002\x00e2\na/0.0\x005\x00e1\n").hexdigest()
    assert identity == {"location": "s3://b/z", "size": 7, "files": 2, "listing": listing}


@pytest.mark.parametrize(
    "other", [ListedFile("a/0.1", 5, "e1"), ListedFile("a/0.0", 6, "e1"), ListedFile("a/0.0", 5, "e3")]
)
def test_name_size_and_mark_of_each_file_are_part_of_it(other: ListedFile) -> None:
    assert folder_identity("z", [other, FILES[1]])["listing"] != folder_identity("z", FILES)["listing"]


def test_names_that_are_no_utf_8() -> None:
    assert folder_identity("z", [ListedFile("\udcff", 1, "")])["files"] == 1


def test_a_folder_of_very_many_files_is_not_listed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked, "MOST_LISTED", 2)
    more = (ListedFile(str(number), 1, "") for number in range(1000))
    with pytest.raises(TooManyFiles, match="more than 2 files"):
        folder_identity("z", more)
    assert next(more).name == "3"
    assert folder_identity("z", FILES)["files"] == 2


def test_the_digest_of_a_folder_is_of_names_and_contents() -> None:
    one = folder_content([("b", "02"), ("a", "01")])
    assert one == folder_content([("a", "01"), ("b", "02")]) != folder_content([("a", "01"), ("c", "02")])
    lines = b"a\x0001\nb\x0002\n"
    assert one == f"folder-sha256:{hashlib.sha256(lines).hexdigest()}"
    assert file_content("01") == "sha256:01"


def test_times_keep_their_nanoseconds() -> None:
    assert exact_time(1_767_323_045_000_000_006) == "2026-01-02T03:04:05.000000006Z"
    assert exact_time(10**30) == f"{10**30} ns"
