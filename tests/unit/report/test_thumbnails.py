"""Small pictures of what analyses have drawn: a few of each job, and none that does harm."""

import base64
import io
import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from PIL import Image as Pillow
from support.reports import failure, job
from support.samples import PROJECT, run_script, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.report import thumbnails
from analysis_jobs.report.account import Row
from analysis_jobs.report.links import Links
from analysis_jobs.report.thumbnails import Images, published_images, thumbnail, thumbnail_side

Png = Callable[..., bytes]


def png(width: int = 400, height: int = 100, mode: str = "RGB", colour: Any = 0) -> bytes:
    content = io.BytesIO()
    Pillow.new(mode, (width, height), colour).save(content, "PNG")
    return content.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a small file that is a picture of any size: a row of nothing, compressed, as often as it takes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes((width // 8 + 1) * min(height, 1000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.fixture(params=["folder", pytest.param("S3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket."""
    if request.param == "folder":
        return str(tmp_path / "OUT" / "analyses")
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in {**s3.environment, "ANALYSIS_RETRY_SECONDS": "20"}.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3.make_bucket(f'thumbnails-{os.urandom(6).hex()}')}/some"


def publish(bucket: Bucket, folder: Path, row: Row, files: dict[str, bytes]) -> Row:
    """Publish results of a job, and return its row with their location."""
    for name, content in files.items():
        path = folder / row["key"] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    given = [ResultFile(name, folder / row["key"] / name) for name in files]
    return {**row, "location": bucket.publish(row["key"], given, {"key": row["key"]})["location"]}


def read(place: str, *rows: Row, outdir: Path) -> Images:
    return published_images(rows, None, Links(str(outdir), place))


def decoded(source: str) -> Pillow.Image:
    kind, _, data = source.partition(";base64,")
    assert kind == "data:image/webp"
    return Pillow.open(io.BytesIO(base64.b64decode(data)))


def test_images_of_jobs(place: str, tmp_path: Path) -> None:
    bucket = open_bucket(place)
    files = {"deep/figure one.PNG": png(1800, 900, colour="red"), "a.png": png(50, 20), "data.csv": b"1,2"}
    before = publish(bucket, tmp_path / "1", job(1, decision="done"), {"old.png": png()})
    computed = publish(bucket, tmp_path / "2", job(2), files)
    none = publish(bucket, tmp_path / "3", job(3), {"data.csv": b""})
    images = read(place, before, computed, none, failure(4, "oh"), outdir=tmp_path / "OUT")
    assert images.left_out == []
    found = {row["file"]: pictures for row, pictures in images.jobs}
    assert list(found) == ["session_002.json", "session_001.json"]  # what this run has computed comes first
    small, large = found["session_002.json"]
    assert [(one.name, one.width, one.height) for one in (small, large)] == [
        ("a.png", 50, 20),
        ("deep/figure one.PNG", 900, 450),
    ]
    red, green, blue = decoded(large.source).convert("RGB").getpixel((450, 220))  # type: ignore[misc]
    assert red > 240
    assert green < 15
    assert blue < 15
    link = f"./analyses/{job(2)['key']}/deep/figure%20one.PNG"
    assert large.link == (None if place.startswith("s3") else link)


def test_a_repeat_is_not_shown_twice_and_a_dry_run_not_at_all(tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path / "bucket")
    row = publish(bucket, tmp_path / "1", job(1), {"a.png": png()})
    images = read(str(bucket.folder), row, {**row, "state": "repeat", "decision": "repeat"}, outdir=tmp_path)
    assert len(images.jobs) == 1
    assert read(str(bucket.folder), {**row, "location": ""}, outdir=tmp_path) == Images()


def test_no_more_than_six_of_a_job(tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path / "bucket")
    row = publish(bucket, tmp_path / "1", job(1), {f"{n}.png": png(20, 20) for n in range(11)})
    images = read(str(bucket.folder), row, outdir=tmp_path)
    assert len(images.jobs[0][1]) == 6
    assert images.left_out == ["Left out, beyond 6 of a job: 5 images."]
    assert images.missing[row["key"]]["9.png"] == "left out, beyond the first 6 of a job"


def test_no_more_than_two_hundred_jobs(tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path / "bucket")
    rows = [publish(bucket, tmp_path / "r", job(n), {"a.png": png(8, 8)}) for n in range(203)]
    images = read(str(bucket.folder), *rows, outdir=tmp_path)
    assert [row["file"] for row, _ in images.jobs] == [row["file"] for row in rows[:200]]
    assert images.left_out == ["Only the first 200 of 203 jobs were looked at."]
    assert images.missing[rows[200]["key"]] == {"": "not looked at, beyond the first 200 jobs"}


def test_of_few_jobs_they_are_large(tmp_path: Path) -> None:
    assert [thumbnail_side(jobs) for jobs in (1, 25, 26, 81, 5_000)] == [900, 900, 600, 360, 360]


def test_together_they_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MOST_BYTES", 1_000)
    bucket = LocalBucket(tmp_path / "bucket")
    noise = Pillow.frombytes("RGB", (60, 60), bytes(n * n % 251 for n in range(10_800)))
    content = io.BytesIO()
    noise.save(content, "PNG")
    rows = [publish(bucket, tmp_path / "1", job(1), {"large.png": content.getvalue()})]
    rows += [publish(bucket, tmp_path / "2", job(2), {"small.png": png(8, 8)})]
    images = read(str(bucket.folder), *rows, outdir=tmp_path)
    assert [row["file"] for row, _ in images.jobs] == ["session_002.json"]
    assert images.left_out == ["Left out, so that this file stays small: 1 image."]
    assert images.missing == {rows[0]["key"]: {"large.png": "left out, so that this file stays small"}}


HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is not a PNG file"),
    "no picture": (b"<svg onload=alert(1)>", "it is not a PNG file"),
    "cut off": (png(300, 300, colour="blue")[:-40], "truncated"),
    "another kind": (b"GIF89a" + bytes(20), "it is not a PNG file"),
    "a bomb": (bomb(8_000, 8_000), "its 8000 × 8000 pixels are more than 25 million"),
    "a huge bomb": (bomb(60_000, 60_000), "decompression bomb"),
    "a long one": (bomb(2_000_000_000, 1), "pixels"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_cannot_be_shown_is_said_and_the_others_are_shown(kind: str, place: str, tmp_path: Path) -> None:
    content, said = HOSTILE[kind]
    bucket = open_bucket(place)
    row = publish(bucket, tmp_path / "1", job(1), {"bad.png": content, "good.png": png()})
    images = read(place, row, outdir=tmp_path)
    assert [one.name for one in images.jobs[0][1]] == ["good.png"]
    (sentence,) = images.left_out
    assert sentence.startswith("Could not be read: 1 image (bad.png of session_001: ")
    assert said in sentence
    assert said in images.missing[row["key"]]["bad.png"]


def test_a_file_that_is_too_large_is_not_even_brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "LARGEST_IMAGE", 100)
    monkeypatch.setattr(LocalBucket, "download", None)
    bucket = LocalBucket(tmp_path / "bucket")
    row = publish(bucket, tmp_path / "1", job(1), {"bad.png": png(2000, 2000)})
    (sentence,) = read(str(bucket.folder), row, outdir=tmp_path).left_out
    assert "bad.png of session_001: its" in sentence
    assert "are more than 100 bytes" in sentence


def test_results_that_are_gone_or_damaged_are_said(tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path / "bucket")
    rows = [publish(bucket, tmp_path / f"{n}", job(n), {"a.png": png()}) for n in range(3)]
    (bucket.folder / rows[0]["key"] / "manifest.json").write_text("{")
    (bucket.folder / rows[1]["key"] / "a.png").unlink()
    images = read(str(bucket.folder), *rows, job(4), outdir=tmp_path)  # of the last one nothing was ever there
    assert [row["file"] for row, _ in images.jobs] == ["session_002.json"]
    (sentence,) = images.left_out
    assert sentence.startswith("Could not be read: 2 images (session_000: ")


def test_results_of_before_that_are_elsewhere_are_shown_or_named(tmp_path: Path) -> None:
    there = publish(LocalBucket(tmp_path / "there"), tmp_path / "1", job(1, decision="done"), {"a.png": png()})
    far = job(2, decision="done", location="s3://lab/results/x")
    images = read(str(tmp_path / "bucket"), there, far, outdir=tmp_path)
    ((row, (image,)),) = images.jobs
    assert (row["file"], image.link) == ("session_001.json", f"./there/{there['key']}/a.png")
    assert images.left_out == ["Not in this bucket: results of 1 job done before, such as s3://lab/results/x."]
    said = f"of an earlier launch, at s3://lab/results/x: `analysis-jobs get {far['key'][:12]}` copies its files"
    assert images.missing == {far["key"]: {"": said}}


def test_a_bucket_that_does_not_answer_costs_the_images_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> None:
        raise ServiceUnavailable("the bucket did not answer")

    monkeypatch.setattr(LocalBucket, "manifest", unavailable)
    images = read(str(tmp_path), job(1), outdir=tmp_path)
    assert images.jobs == []
    assert images.left_out == ["Could not be read: 1 image (session_001: the bucket did not answer)."]
    monkeypatch.setattr(thumbnails, "open_bucket", unavailable)
    images = read("s3://bucket", job(1), outdir=tmp_path)
    assert images.left_out == ["Images could not be read from s3://bucket: the bucket did not answer."]


def test_reading_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MOST_SECONDS", -1.0)
    monkeypatch.setattr(LocalBucket, "manifest", None)
    (sentence,) = read(str(tmp_path), job(1), outdir=tmp_path).left_out
    assert "session_001: to read images took more than 60 s" in sentence


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (0, 0, 0, 0), 255),  # what is transparent is seen on white
        ("RGBA", (0, 0, 0, 255), 0),
        ("LA", (128, 255), 128),
        ("L", 128, 128),
        ("1", 1, 255),
        ("P", 0, 0),
        ("I;16", 32_768, 128),
        ("RGB", (128, 128, 128), 128),
    ],
)
def test_kinds_of_pictures(mode: str, colour: Any, expected: int, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(800, 400, mode, colour))
    content, width, height = thumbnail(tmp_path / "a.png", 360)
    assert (width, height) == (360, 180)
    pixel = Pillow.open(io.BytesIO(content)).convert("L").getpixel((100, 100))
    assert isinstance(pixel, int | float)
    assert abs(pixel - expected) <= 3


def test_the_script_shows_them(tmp_path: Path) -> None:
    bucket = LocalBucket(tmp_path / "analyses")
    row = publish(bucket, tmp_path / "r", job(1), {"a.png": png()})
    decision = {name: row[name] for name in ("file", "key", "location", "decision", "reason")} | {"decision": "done"}
    about = {"decisions.jsonl": json.dumps(decision) + "\n", "run.json": "{}", "settled/none.jsonl": ""}
    write_files(tmp_path / "task", about)
    flags = ["--decisions", "decisions.jsonl", "--run", "run.json", "--settled", "settled"]
    flags += ["--bucket", str(bucket.folder), "--outdir", str(tmp_path)]
    ended = run_script("summarize", *flags, cwd=tmp_path / "task")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1 job: 1 done (all before)\n", "")
    report = (tmp_path / "task" / "report.html").read_text()
    assert f'href="./analyses/{row["key"]}/a.png"' in report
    assert "data:image/webp;base64," in report
    assert str(PROJECT) not in report
