"""Sending the files of results to S3, several at once; what an earlier attempt has sent is not sent again."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

import obstore

from analysis_jobs.bucket.protocol import ResultFile
from analysis_jobs.retries import asking

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Store

MIB = 1024 * 1024
# What is in flight at once, over all jobs of a task, and so in memory: small files whole, large ones in parts.
SMALL_AT_ONCE, SMALL = 16, 4 * MIB
LARGE_AT_ONCE, PARTS_AT_ONCE, PART = 2, 6, 8 * MIB
MOST_PARTS = 9_000  # S3 takes 10,000
# What an attempt finds there is used again only if it is young, and looked for again if publishing takes long: by far
# less than what `fsck --repair` takes for a dead attempt's (`analysis_jobs.upkeep.attempts.DEAD_AFTER`).
_USED_AGAIN, _LONG = timedelta(days=1), timedelta(hours=1)


class Sender:
    """Sends files to one bucket, with a ceiling on what is in flight."""

    def __init__(self, store: "S3Store", listed: "Callable[[str], Mapping[str, ObjectMeta]]") -> None:
        """Take a bucket, and what lists a folder in it. Its `threads` are for other small requests as well."""
        self._store, self._listed = store, listed
        self.threads = ThreadPoolExecutor(SMALL_AT_ONCE)
        self._large = BoundedSemaphore(LARGE_AT_ONCE)

    def bring(self, files: Sequence[ResultFile], folder: str, there: "Mapping[str, ObjectMeta]") -> None:
        """Send files to a folder, but for those that are `there`, by the names of their objects."""
        targets = [f"{folder}/{file.name}" for file in files]
        list(self.threads.map(self._send, files, targets, repeat(there)))

    def bring_if_long(self, files: Sequence[ResultFile], folder: str, began: datetime) -> None:
        """Send what is not there any more, if so much time has passed that somebody may have taken it for dead."""
        while now() - began > _LONG:
            began = now()
            self.bring(files, folder, self._listed(folder))

    def _send(self, file: ResultFile, target: str, there: "Mapping[str, ObjectMeta]") -> None:
        """Send a file unless a young object is there which is the same."""
        size = file.path.stat().st_size
        part = max(PART, -(-size // MOST_PARTS))
        found = there.get(target)
        is_young = found and found["size"] == size and now() - found["last_modified"] < _USED_AGAIN
        if found and is_young and (found["e_tag"] or "").strip('"') == etag(file.path, size, part):
            return
        if size <= SMALL:
            with asking():
                obstore.put(self._store, target, file.path.read_bytes(), use_multipart=False)
            return
        with self._large, asking(PARTS_AT_ONCE) as at_once:
            obstore.put(self._store, target, file.path, chunk_size=part, max_concurrency=at_once)


def now() -> datetime:
    """Return the time, as S3 compares it."""
    return datetime.now(UTC)


def etag(path: Path, size: int, part: int) -> str:
    """Return what S3 calls the content of a file that was sent as `Sender` does; some buckets call it otherwise."""
    with path.open("rb") as file:
        digests = [hashlib.md5(block, usedforsecurity=False) for block in iter(lambda: file.read(part), b"")]
    if size <= part:  # sent at once
        return (digests or [hashlib.md5(usedforsecurity=False)])[0].hexdigest()
    whole = hashlib.md5(b"".join(digest.digest() for digest in digests), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(digests)}"
