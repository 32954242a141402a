"""Whether what is published is as its manifest says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import published, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.protocol import ResultFile, UnreadableManifest
from analysis_jobs.bucket.whole import published_lines, whole_result

KEY = "a" * 64


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    bucket = LocalBucket(tmp_path / "bucket")
    folder = write_files(tmp_path / "files", {"one.txt": "1", "sub/two.txt": "22"})
    about = {**published(KEY)}
    bucket.publish(KEY, [ResultFile(name, folder / name) for name in ("one.txt", "sub/two.txt")], about)
    return bucket


def test_it_is(bucket: LocalBucket) -> None:
    assert whole_result(bucket, KEY, {}) == bucket.manifest(KEY)


def test_nothing_is_published(bucket: LocalBucket, caplog: pytest.LogCaptureFixture) -> None:
    assert whole_result(bucket, "b" * 64, {}) is None
    assert not caplog.messages


def without_outputs(bucket: LocalBucket) -> None:
    path = bucket.folder / KEY / "manifest.json"
    path.write_text(
        json.dumps({name: value for name, value in json.loads(path.read_text()).items() if name != "outputs"})
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda bucket: (bucket.folder / KEY / "one.txt").unlink(), "one.txt is missing"),
        (lambda bucket: (bucket.folder / KEY / "one.txt").write_text("11"), "one.txt has 2 bytes, its manifest says 1"),
        (lambda bucket: (bucket.folder / KEY / "sub/two.txt").write_text("33"), "sub/two.txt has another SHA-256"),
        (lambda bucket: (bucket.folder / KEY / "manifest.json").write_text("{"), "it is not JSON"),
        (without_outputs, "its manifest has no outputs"),
    ],
)
def test_it_is_not(
    bucket: LocalBucket, caplog: pytest.LogCaptureFixture, damage: Callable[[LocalBucket], object], said: str
) -> None:
    damage(bucket)
    assert whole_result(bucket, KEY, published(KEY)) is None
    (message,) = caplog.messages
    assert said in message
    assert message.startswith(f"what was published of {KEY} is not whole")


def test_a_manifest_needs_no_more_than_another_has(bucket: LocalBucket) -> None:
    """One of an old version, held against one that is as old."""
    without_outputs(bucket)
    assert whole_result(bucket, KEY, {})


def test_a_manifest_that_cannot_be_read(bucket: LocalBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableManifest, match=r"cannot be read \(Permission denied\); check the permissions"):
        whole_result(bucket, KEY, {})


def test_lines_have_the_names_within_the_folder(bucket: LocalBucket) -> None:
    manifest = bucket.manifest(KEY)
    assert manifest
    assert [name for name, _ in published_lines(manifest, KEY)] == ["one.txt", "sub/two.txt"]
    manifest["location"] = f"s3://b/x/{KEY}/0123"
    assert [name for name, _ in published_lines(manifest, KEY)] == ["0123/one.txt", "0123/sub/two.txt"]
