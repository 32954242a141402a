"""Small versions of the PNG files among results, for the report.

The files are the analysis' own: any of them may be huge, broken or made to harm. None of them fails the run.

Imports within functions are for a quick start.
"""

import base64
import io
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.places import place_of
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.report.account import Row
from analysis_jobs.report.links import Links
from analysis_jobs.wording import plural, size_text

if TYPE_CHECKING:
    from PIL import Image as Pillow

log = logging.getLogger(__name__)

MOST_JOBS = 100
MOST_OF_A_JOB = 3
PROBLEMS_NAMED = 5  # of those that could not be read
SIDE = 360  # pixels
LARGEST_IMAGE = 30_000_000  # bytes
# A picture takes 4 bytes of memory for each of its pixels, some of them at once.
MOST_PIXELS = 25_000_000
IMAGE_THREADS = 4
MOST_BYTES = 3_600_000  # of all together; as text in the report a third more
MOST_SECONDS = 60.0
_TOO_LONG = f"to read images took more than {MOST_SECONDS:g} s"


@dataclass(frozen=True)
class Image:
    """A thumbnail: `name` of the file in the results, `source` as a data URL, its size in pixels."""

    name: str
    source: str
    width: int
    height: int
    link: str | None


@dataclass
class Images:
    """The thumbnails of jobs, with their rows, and sentences on what was left out."""

    jobs: list[tuple[Row, list[Image]]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass
class _Job:
    """What was read of one job's results."""

    row: Row
    images: list[Image] = field(default_factory=list)
    more: int = 0  # images beyond `MOST_OF_A_JOB`
    problems: list[str] = field(default_factory=list)


def published_images(rows: Sequence[Row], profile: str | None, links: Links) -> Images:
    """Return thumbnails of what analyses have drawn.

    Parameters
    ----------
    rows
        The rows of a run. Jobs that it has computed come first, then those that were done before.
    profile
        AWS profile to read the results with.
    links
        Where results are published, and the links to the files; without a bucket there are no images.
    """
    having = [row for row in rows if row["state"] == "done" and row["location"] and row.get("decision") != "repeat"]
    having.sort(key=lambda row: row.get("decision") != "run")
    if links.bucket is None or not having:
        return Images()
    try:
        return _read(having, open_bucket(links.bucket, profile), links)
    except Exception as error:
        log.exception("the images of results could not be read")
        return Images(left_out=[f"Images could not be read from {links.bucket}: {_reason(error)}."])


def _read(rows: Sequence[Row], bucket: Bucket, links: Links) -> Images:
    end = time.monotonic() + MOST_SECONDS
    with TemporaryDirectory() as folder, ThreadPoolExecutor(IMAGE_THREADS) as threads:
        read = threads.map(lambda row: _read_job(row, bucket, links, Path(folder), end), islice(rows, MOST_JOBS))
        return _within_bounds(read, len(rows))


def _read_job(row: Row, bucket: Bucket, links: Links, folder: Path, end: float) -> _Job:
    job = _Job(row)
    if time.monotonic() > end:
        job.problems.append(f"{row['file']}: {_TOO_LONG}")
        return job
    try:
        names = _pictures(row, bucket, job)
    except Exception as error:
        log.warning("job %s: its manifest could not be read: %s", row["key"], error)
        job.problems.append(f"{row['file']}: {_reason(error)}")
        return job
    for location, name in names:
        if time.monotonic() > end:
            job.problems.append(f"{name} of {row['file']}: {_TOO_LONG}")
            continue
        try:
            job.images.append(_read_image(bucket, location, name, folder / f"{row['key']}.png", links))
        except Exception as error:  # also MemoryError, and whatever a broken file makes the library raise
            log.warning("job %s: no thumbnail of %s: %s", row["key"], name, error)
            job.problems.append(f"{name} of {row['file']}: {_reason(error)}")
    return job


def _pictures(row: Row, bucket: Bucket, job: _Job) -> list[tuple[str, str]]:
    """Return location and name of a job's pictures; none where the bucket has no results of it."""
    manifest = bucket.manifest(row["key"])
    if manifest is None:
        return []
    files = sorted((file["path"], file["size"]) for file in manifest["files"] if file["path"].lower().endswith(".png"))
    job.more = len(files[MOST_OF_A_JOB:])
    pictures = []
    for name, size in files[:MOST_OF_A_JOB]:
        if size > LARGEST_IMAGE:
            job.problems.append(
                f"{name} of {row['file']}: its {size_text(size)} are more than {size_text(LARGEST_IMAGE)}"
            )
        else:
            pictures.append((place_of(manifest, bucket), name))
    return pictures


def _read_image(bucket: Bucket, location: str, name: str, path: Path, links: Links) -> Image:
    bucket.download(location, name, path)
    try:
        content, width, height = thumbnail(path)
    finally:
        path.unlink(missing_ok=True)
    source = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
    return Image(name, source, width, height, links.file(location, name))


def thumbnail(path: Path) -> tuple[bytes, int, int]:
    """Return a small WebP of a PNG file, on white, and its width and height in pixels.

    Raises
    ------
    ValueError, OSError
        If it is no PNG, is broken, or has more than `MOST_PIXELS`.
    """
    from PIL import Image as Pillow

    with Pillow.open(path, formats=["PNG"]) as image:  # reads its head alone
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"its {image.width} × {image.height} pixels are more than {MOST_PIXELS / 1e6:g} million")
        small = _smoothed(image)
    small.thumbnail((SIDE, SIDE))
    small = small.convert("RGBA")
    drawn = Pillow.new("RGB", small.size, "white")
    drawn.paste(small, mask=small)
    content = io.BytesIO()
    drawn.save(content, "WEBP", quality=80)
    return content.getvalue(), drawn.width, drawn.height


def _smoothed(image: "Pillow.Image") -> "Pillow.Image":
    """Return an image of a kind that is made small by taking means, where others leave out pixels or have 16 bits."""
    if image.mode in ("1", "P"):
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image.convert(image.mode)  # a copy, with the file read


def _within_bounds(read: Iterator[_Job], jobs: int) -> Images:
    images, left, dropped, more = Images(), MOST_BYTES, 0, 0
    problems: list[str] = []
    for job in read:
        size = sum(len(image.source) for image in job.images)
        problems += job.problems
        more += job.more
        if size > left * 4 / 3:
            dropped += len(job.images)
        elif job.images:
            left -= size * 3 // 4
            images.jobs.append((job.row, job.images))
    if jobs > MOST_JOBS and images.jobs:
        images.left_out.append(f"Only the first {MOST_JOBS} of {plural(jobs, 'job')} were looked at.")
    if more:
        images.left_out.append(f"Left out, beyond {MOST_OF_A_JOB} of a job: {plural(more, 'image')}.")
    if dropped:
        images.left_out.append(f"Left out, so that this file stays small: {plural(dropped, 'image')}.")
    if problems:
        shown = "; ".join([*problems[:PROBLEMS_NAMED], *(["..."] if problems[PROBLEMS_NAMED:] else [])])
        images.left_out.append(f"Could not be read: {plural(len(problems), 'image')} ({shown}).")
    return images


def _reason(error: Exception) -> str:
    if type(error).__name__ == "UnidentifiedImageError":
        return "it is no PNG file"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
