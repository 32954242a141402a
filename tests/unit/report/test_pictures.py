"""Where the pictures of a job are: in the bucket, under another key, or in the bucket of an earlier launch."""

from pathlib import Path

import pytest
from support.reports import job
from support.samples import write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.report.account import Row
from analysis_jobs.report.pictures import pictures_of
from analysis_jobs.shapes import Damaged


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "here")


@pytest.fixture
def other(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "there")


def publish(bucket: LocalBucket, key: str) -> str:
    """Publish some results, and return their location."""
    folder = write_files(bucket.folder.parent / "results", {"b.png": "b", "a.PNG": "a", "data.csv": ""})
    files = [ResultFile(path.name, path) for path in folder.iterdir()]
    return str(bucket.publish(key, files, {"key": key})["location"])  # type: ignore[typeddict-item]


def found(row: Row, bucket: LocalBucket) -> tuple[str, list[str]] | None:
    pictures = pictures_of(row, bucket)
    return (pictures.location, [file["path"] for file in pictures.files]) if pictures else None


def test_in_the_bucket(bucket: LocalBucket) -> None:
    row = job(1)
    location = publish(bucket, row["key"])
    assert found({**row, "location": location}, bucket) == (location, ["a.PNG", "b.png"])
    moved = {**row, "location": f"/moved/since/{row['key']}", "decision": "done"}
    assert found(moved, bucket) == (location, ["a.PNG", "b.png"])


def test_in_the_bucket_of_an_earlier_launch(bucket: LocalBucket, other: LocalBucket) -> None:
    row = job(1)
    location = publish(other, row["key"])
    assert found({**row, "location": location, "decision": "done"}, bucket) == (location, ["a.PNG", "b.png"])
    assert found({**row, "location": location}, bucket) is None  # this launch publishes nowhere else


def test_under_the_key_of_a_record_that_counts(bucket: LocalBucket, other: LocalBucket) -> None:
    for place in (bucket, other):
        location = publish(place, "b" * 64)
        row = job(1, decision="done", record="b" * 64, location=location)
        assert found(row, bucket) == (location, ["a.PNG", "b.png"])


@pytest.mark.parametrize("location", ["s3://another/bucket/key", "relative/key", "/no/such/folder", "{}"])
def test_nowhere_that_can_be_read(bucket: LocalBucket, tmp_path: Path, location: str) -> None:
    """The last one: a folder that is no result of ours."""
    assert found(job(1, decision="done", location=location.format(tmp_path)), bucket) is None


def test_a_damaged_manifest_is_told(bucket: LocalBucket, other: LocalBucket) -> None:
    row = job(1, decision="done")
    location = publish(other, row["key"])
    Path(location, "manifest.json").write_text("{")
    with pytest.raises(Damaged):
        pictures_of({**row, "location": location}, bucket)
