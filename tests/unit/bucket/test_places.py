"""Where published results are now: where a record says, or in a bucket that was moved."""

from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.places import bucket_of, location_of, place_of, whole_place_now


@pytest.mark.parametrize(
    ("location", "moved", "now"),
    [
        ("/out/analyses/k", None, "/out/analyses/k"),
        ("/out/analyses/k/", "/new", "/new/k"),
        ("s3://a/some/k/0123abcd", "s3://b/", "s3://b/k/0123abcd"),
        ("s3://a/some/k/0123abcd", "/copy", "/copy/k/0123abcd"),
        ("", "/new", "/new/k"),
    ],
)
def test_location_of(location: str, moved: str | None, now: str) -> None:
    assert location_of({"_id": "k", "location": location}, moved) == now


@pytest.mark.parametrize("moved", [None, "new"])
def test_the_bucket_is_above_the_folder_of_the_key(tmp_path: Path, moved: str | None) -> None:
    record = {"_id": "k", "location": str(tmp_path / "old" / "k")}
    bucket = bucket_of(record, moved and str(tmp_path / moved))
    assert bucket.location("k") == str(tmp_path / (moved or "old") / "k")


def test_results_are_in_the_bucket_that_has_the_manifest(tmp_path: Path) -> None:
    copied = {"key": "k", "location": "s3://gone/some/k/0123abcd"}
    assert place_of(copied, LocalBucket(tmp_path)) == f"{tmp_path}/k/0123abcd"


def test_where_results_are_now_as_job_files_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record = {"_id": "k", "location": str(tmp_path / "gone" / "k")}
    assert whole_place_now(record, Path("out"), None) is None
    write_files(tmp_path / "out" / "analyses" / "k", {"a.txt": "a"})
    assert whole_place_now(record, Path("out"), None) == str(tmp_path / "out" / "analyses")
    assert whole_place_now(record, Path("out"), "other/../moved") == str(tmp_path / "moved")
    assert whole_place_now(record, Path("out"), "s3://b/c") == "s3://b/c"
