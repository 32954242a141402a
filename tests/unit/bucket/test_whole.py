"""Whether what is published is as its manifest says."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import published, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.manifests import UnreadableManifest, content_digest
from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.bucket.whole import lines_lacking, published_lines, published_names, whole_result

KEY = "a" * 64
FILES = {"one.txt": "1", "sub/two.txt": "22", "analysis.log": ""}


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    bucket = LocalBucket(tmp_path / "bucket")
    folder = write_files(tmp_path / "files", FILES)
    bucket.publish(KEY, [ResultFile(name, folder / name) for name in FILES], published(KEY))
    return bucket


def test_it_is(bucket: LocalBucket) -> None:
    assert whole_result(bucket, KEY, {}) == bucket.manifest(KEY)


def test_nothing_is_published(bucket: LocalBucket, caplog: pytest.LogCaptureFixture) -> None:
    assert whole_result(bucket, "b" * 64, {}) is None
    assert not caplog.messages


def pipe(bucket: LocalBucket) -> None:
    path = bucket.folder / KEY / "analysis.log"
    path.unlink()
    os.mkfifo(path)


def without_lines(bucket: LocalBucket) -> None:
    path = bucket.folder / KEY / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "files": []}))


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
        (pipe, "analysis.log cannot be read: it is a pipe, not a file"),
        (without_lines, "of its manifest the line of analysis.log is missing"),
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
    assert message.startswith(f"what was published of {KEY} is not complete")


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
    assert [name for name, _ in published_lines(manifest, KEY)] == ["one.txt", "sub/two.txt", "analysis.log"]
    manifest["location"] = f"s3://b/x/{KEY}/0123"
    assert [name for name, _ in published_lines(manifest, KEY)] == [f"0123/{name}" for name in FILES]


def test_lines_of_another_digest() -> None:
    lines = [{"path": "analysis.log", "size": 0, "sha256": "0" * 64}, {"path": "a", "size": 0, "sha256": "0" * 64}]
    manifest = {**published(KEY), "location": f"s3://b/{KEY}/{content_digest(lines)}", "files": lines}
    assert lines_lacking(manifest, KEY) == ""
    assert "by the digest" in lines_lacking({**manifest, "files": lines[:1]}, KEY)


def test_the_names_of_all_that_is_published(bucket: LocalBucket) -> None:
    (bucket.folder / KEY / "notes.txt").write_text("mine")
    assert published_names(bucket, KEY) == {*FILES, "manifest.json", "metadata.nd.json"}
    assert published_names(bucket, "b" * 64) == set()
    (bucket.folder / KEY / "manifest.json").write_text("[]")
    assert published_names(bucket, KEY) == set()
