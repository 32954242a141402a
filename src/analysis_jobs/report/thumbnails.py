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
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.report.account import Row
from analysis_jobs.report.links import Links
from analysis_jobs.report.pictures import Pictures, pictures_of
from analysis_jobs.report.row_labels import label_of
from analysis_jobs.wording import plural, size_text

if TYPE_CHECKING:
    from PIL import Image as Pillow

log = logging.getLogger(__name__)

MOST_JOBS = 200
MOST_OF_A_JOB = 6
PROBLEMS_NAMED = 5  # of those that could not be read
# Pixels of the longer side, where there are at most so many jobs: of few jobs there is room for large ones
SIDES = ((25, 900), (80, 600), (MOST_JOBS, 360))
LARGEST_IMAGE = 30_000_000  # bytes
# A picture takes 4 bytes of memory for each of its pixels, some of them at once.
MOST_PIXELS = 25_000_000
IMAGE_THREADS = 4
MOST_BYTES = 6_000_000  # of all together; as text in the report a third more
MOST_SECONDS = 60.0
_SHORT_KEY = 12
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
    """The thumbnails of jobs, with their rows, and sentences on what was left out.

    `missing` says by key and name of the file why a picture is not there; under an empty name, why none of a job is.
    """

    jobs: list[tuple[Row, list[Image]]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class _Job:
    """What was read of one job's results."""

    row: Row
    images: list[Image] = field(default_factory=list)
    more: list[str] = field(default_factory=list)  # images beyond `MOST_OF_A_JOB`
    problems: dict[str, str] = field(default_factory=dict)  # by the name of the file; "" is the whole job
    is_elsewhere: bool = False  # its results are those of an earlier launch, in another place

    def problem_texts(self) -> Iterator[str]:
        """Yield what could not be read, and why."""
        for name, why in self.problems.items():
            yield f"{name} of {label_of(self.row)}: {why}" if name else f"{label_of(self.row)}: {why}"

    def missing(self) -> dict[str, str]:
        """Return why pictures are not there, by their names."""
        if self.is_elsewhere:
            copies = f"`analysis-jobs get {self.row['key'][:_SHORT_KEY]}` copies its files"
            return {"": f"of an earlier launch, at {self.row['location']}: {copies}"}
        beyond = dict.fromkeys(self.more, f"left out, beyond the first {MOST_OF_A_JOB} of a job")
        return {**beyond, **{name: f"could not be read: {why}" for name, why in self.problems.items()}}


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
        reader = _Reader(bucket, links, Path(folder), end, thumbnail_side(len(rows)))
        return _within_bounds(threads.map(reader.read, rows[:MOST_JOBS]), rows)


def thumbnail_side(jobs: int) -> int:
    """Return the longer side of thumbnails in pixels, where there are so many jobs with results."""
    return next((side for most, side in SIDES if jobs <= most), SIDES[-1][1])


@dataclass(frozen=True)
class _Reader:
    """Reads the pictures of jobs, until a time (`end`, of the monotonic clock)."""

    bucket: Bucket
    links: Links
    folder: Path
    end: float
    side: int

    def read(self, row: Row) -> _Job:
        job = _Job(row)
        if time.monotonic() > self.end:
            job.problems[""] = _TOO_LONG
            return job
        try:
            pictures = pictures_of(row, self.bucket)
        except Exception as error:
            log.warning("job %s: its manifest could not be read: %s", label_of(row), error)
            job.problems[""] = _reason(error)
            return job
        if pictures is None:
            job.is_elsewhere = row.get("decision") == "done"
            return job
        job.more = [file["path"] for file in pictures.files[MOST_OF_A_JOB:]]
        for file in pictures.files[:MOST_OF_A_JOB]:
            name = file["path"]
            if file["size"] > LARGEST_IMAGE:
                job.problems[name] = f"its {size_text(file['size'])} are more than {size_text(LARGEST_IMAGE)}"
                continue
            if time.monotonic() > self.end:
                job.problems[name] = _TOO_LONG
                continue
            try:
                job.images.append(self._read_image(pictures, name, self.folder / f"{row['key']}.png"))
            except Exception as error:  # also MemoryError, and whatever a broken file makes the library raise
                log.warning("job %s: no thumbnail of %s: %s", label_of(row), name, error)
                job.problems[name] = _reason(error)
        return job

    def _read_image(self, pictures: Pictures, name: str, path: Path) -> Image:
        pictures.bucket.download(pictures.location, name, path)
        try:
            content, width, height = thumbnail(path, self.side)
        finally:
            path.unlink(missing_ok=True)
        source = f"data:image/webp;base64,{base64.b64encode(content).decode()}"
        return Image(name, source, width, height, self.links.file(pictures.location, name))


def thumbnail(path: Path, side: int) -> tuple[bytes, int, int]:
    """Return a WebP of a PNG file, on white, and its width and height in pixels, which are at most `side`.

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
    small.thumbnail((side, side))
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


def _within_bounds(read: Iterator[_Job], rows: Sequence[Row]) -> Images:
    images, left, dropped, more = Images(), MOST_BYTES, 0, 0
    elsewhere: list[str] = []
    problems: list[str] = []
    for job in read:
        size = sum(len(image.source) for image in job.images)
        problems += job.problem_texts()
        more += len(job.more)
        elsewhere += [job.row["location"]] if job.is_elsewhere else []
        missing = job.missing()
        if size > left * 4 / 3:
            dropped += len(job.images)
            missing |= {image.name: "left out, so that this file stays small" for image in job.images}
        elif job.images:
            left -= size * 3 // 4
            images.jobs.append((job.row, job.images))
        if missing:
            images.missing[job.row["key"]] = missing
    for row in rows[MOST_JOBS:]:
        images.missing[row["key"]] = {"": f"not looked at, beyond the first {MOST_JOBS} jobs"}
    if len(rows) > MOST_JOBS and images.jobs:
        images.left_out.append(f"Only the first {MOST_JOBS} of {plural(len(rows), 'job')} were looked at.")
    if elsewhere:
        images.left_out.append(
            f"Not in this bucket: results of {plural(len(elsewhere), 'job')} done before, such as {elsewhere[0]}."
        )
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
        return "it is not a PNG file"
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
