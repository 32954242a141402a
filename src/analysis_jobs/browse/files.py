"""The files of results, as pages show and hand them on: those that a manifest names, and no others."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from os import SEEK_END
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import quote

from analysis_jobs.bucket.names import LOG
from analysis_jobs.bucket.places import location_of, whole_place_now
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.report.thumbnails import LARGEST_IMAGE, thumbnail
from analysis_jobs.results.fetch import ResultLine, result_lines
from analysis_jobs.results.files import open_result
from analysis_jobs.wording import plural, shown

# Pictures that a browser only draws. What is in this list is sent as such; all else is a file to be saved.
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
DRAWING = ".svg"  # is drawn on pages; may hold scripts, so by itself it is only saved
TEXT_ENDINGS = (
    ".txt",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".md",
    ".log",
    ".yaml",
    ".yml",
    ".toml",
    ".py",
    ".xml",
    ".html",
)
LONGEST_SHOWN = 20_000  # bytes of a text on the page of its job
LONGEST_TEXT = 500_000  # bytes of a text on a page of its own
TEXTS_SHOWN = 8  # texts on the page of a job
BLOCK_SENT = 1 << 18
THREADS = 8
_REMEMBERED = 4_096
_THUMBNAILS = 512  # of at most some ten kilobytes each
THUMBNAIL_SIDE = 360  # pixels, of the longer one


@dataclass(frozen=True)
class Listed:
    """The files of a job's results, or in words why they are not known."""

    lines: Sequence[ResultLine] = ()
    problem: str = ""

    @property
    def figures(self) -> list[ResultLine]:
        """Those that can be drawn."""
        return [line for line in self.lines if is_figure(line.path)]


class Files:
    """Finds and opens the files of results, wherever they lie now."""

    def __init__(self, outdir: Path, bucket: str | None) -> None:
        """Take the --outdir of the launch, and the bucket if it is not where records say."""
        self._outdir, self._bucket = outdir, bucket
        self._listed: dict[KnownRecord, Listed] = {}
        self.thumbnail = lru_cache(_THUMBNAILS)(self._thumbnail)

    def of(self, record: Mapping[str, Any]) -> Listed:
        """Return the files of a record's results; what is published does not change, so they are asked for once."""
        known = KnownRecord(record)
        listed = self._listed.get(known) or self._list(record)
        if len(self._listed) >= _REMEMBERED:
            self._listed.clear()
        if not listed.problem:  # which may be over at the next time
            self._listed[known] = listed
        return listed

    def of_each(self, records: Sequence[Mapping[str, Any]]) -> list[Listed]:
        """Return the files of several, asked for at once."""
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(self.of, records))

    def open(self, record: Mapping[str, Any], name: str) -> tuple[IO[bytes], int]:
        """Open one of the files, and return it with its size in bytes.

        Raises
        ------
        FileNotFoundError
            If the results have no such file.
        InvalidInput
            If it cannot be read, or is not as long as its manifest says: what is sent begins with its length.
        """
        listed = self.of(record)
        size = next((line.size for line in listed.lines if line.path == name), None)
        if size is None:
            raise FileNotFoundError(name)
        file = open_result(record, name, "rb", bucket=self._place(record))
        if (there := file.seek(0, SEEK_END)) != size:
            file.close()
            raise InvalidInput(
                f"{shown(name)} has {plural(there, 'byte')}, and had {size:,} when it was published; "
                "`analysis-jobs fsck` names all that is damaged"
            )
        file.seek(0)
        return file, size

    def text(self, record: Mapping[str, Any], name: str, limit: int = LONGEST_TEXT, *, end: bool = False) -> str:
        """Return the beginning, or the end, of a file as a text, whatever is in it."""
        file, size = self.open(record, name)
        with file:
            if end and size > limit:
                file.seek(size - limit)
            return file.read(limit).decode(errors="backslashreplace")

    def location(self, record: Mapping[str, Any]) -> str:
        """Return where the results of a record are now."""
        return location_of(record, self._place(record))

    def _list(self, record: Mapping[str, Any]) -> Listed:
        try:
            return Listed(result_lines(record, self._place(record)))
        except (InvalidInput, ServiceUnavailable, OSError) as error:
            return Listed(problem=str(error))

    def _place(self, record: Mapping[str, Any]) -> str | None:
        return whole_place_now(record, self._outdir, self._bucket)

    def _thumbnail(self, known: "KnownRecord", name: str) -> bytes | None:
        """Return a small WebP of a PNG file; None of what cannot be made small."""
        file, size = self.open(known.record, name)
        with file, tempfile.TemporaryDirectory() as folder:
            if size > LARGEST_IMAGE or not name.lower().endswith(".png"):
                return None
            path = Path(folder, "figure.png")
            path.write_bytes(file.read())
            try:
                return thumbnail(path, THUMBNAIL_SIDE)[0]
            except Exception:  # whatever a broken file makes the library raise
                return None


class KnownRecord:
    """A record as a cache knows it: by its key, and where its results are."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        """Take the record."""
        self.record = record
        self._name = (str(record["_id"]), str(record.get("location")))

    def __hash__(self) -> int:
        return hash(self._name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownRecord) and self._name == other._name


def is_figure(name: str) -> bool:
    """Return whether a browser can draw a file."""
    return _ending(name) in (*PICTURES, DRAWING)


def is_text(name: str) -> bool:
    """Return whether a file is one that people read, as its name says."""
    return _ending(name) in TEXT_ENDINGS or name == LOG


def headers_of(name: str, size: int) -> dict[str, str]:
    """Return how a file is sent: as a picture, or to be saved; never as a page, and never with scripts that run."""
    ending = _ending(name)
    kind = PICTURES.get(ending) or ("image/svg+xml" if ending == DRAWING else "application/octet-stream")
    headers = {
        "content-type": kind,
        "content-length": str(size),
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        "cache-control": "private, max-age=3600",
    }
    if ending not in PICTURES:
        last = quote(PurePosixPath(name).name, errors="replace")
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{last}"
    return headers


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file, and close it."""
    with file:
        while block := file.read(BLOCK_SENT):
            yield block


def _ending(name: str) -> str:
    return PurePosixPath(name.lower()).suffix
