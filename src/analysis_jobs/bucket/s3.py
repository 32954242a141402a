"""The bucket in S3: results arrive in a folder named after their content, and one conditional write publishes them."""

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby, repeat
from pathlib import Path
from threading import BoundedSemaphore

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError

from analysis_jobs.aws.credentials import ask_about, s3_access
from analysis_jobs.aws.s3 import NoSuchName, UnknownAnswer, is_bucket_name, open_s3, s3_errors, split_url
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.bucket.protocol import (
    NoBucket,
    ResultFile,
    check_manifest_size,
    checked_manifest,
    content_digest,
    manifest_line,
)
from analysis_jobs.documents import Manifest, PublishedOutcome
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.retries import patience, timed
from analysis_jobs.wording import shown, size_text

log = logging.getLogger(__name__)

MIB = 1024 * 1024
# What is in flight at once, over all jobs of a task, and so in memory: small files whole, large ones in parts.
SMALL_AT_ONCE, SMALL = 16, 4 * MIB
LARGE_AT_ONCE, PARTS_AT_ONCE, PART = 2, 6, 8 * MIB
MOST_PARTS = 9_000  # S3 takes 10,000
_SHORTEST_NAME = 3  # of a bucket, by S3's rules
_LONGEST_PREFIX = 500  # bytes: of the 1,024 that S3 takes, to leave some for names of results
_OF_ATTEMPT = re.compile(r"[0-9a-f]{16}/")  # the folder of a `content_digest`


class S3Bucket:
    """Published results in ``s3://bucket/prefix/<key>/``; see `analysis_jobs.bucket.protocol.Bucket`.

    S3 cannot rename, so files go to ``<key>/<digest of all names and contents>/``. Two writers of different content
    never touch the same object, whoever lives and whoever is dead; a repeated attempt finds what it has sent; and
    ``<key>/manifest.json``, written on the condition that there is none, says which of the folders counts. Only after
    that is anything removed.
    """

    def __init__(self, url: str, profile: str | None = None) -> None:
        """Take ``s3://bucket`` or ``s3://bucket/prefix``; see `analysis_jobs.bucket.opening.open_bucket`."""
        name, prefix = _split(url)
        self.url = f"s3://{name}/{prefix}".rstrip("/")
        self._name, self._profile = name, profile
        with _reaching(name):
            self._store = open_s3(name, prefix, profile)
        self._threads = ThreadPoolExecutor(SMALL_AT_ONCE)
        self._large = BoundedSemaphore(LARGE_AT_ONCE)

    def location(self, key: str) -> str:
        """See `Bucket.location`."""
        return f"{self.url}/{key}"

    def check(self) -> None:
        """See `Bucket.check`."""
        with _reaching(self._name):
            ask_about(self._name, s3_access(self._profile))
        probe = f".analysis-jobs/probe-{secrets.token_hex(8)}"
        try:
            with self._service("may it be written"):
                self._create(probe, b"")
                if self._create(probe, b""):
                    _warn_of_races(self.url)
                obstore.delete(self._store, [probe])
        except PermissionError as error:
            raise InvalidInput(
                f"the bucket {self.url} refuses to be written ({error}); check the AWS credentials (AWS_PROFILE or "
                "--write_profile) and --bucket"
            ) from None

    def manifest(self, key: str) -> Manifest | None:
        """See `Bucket.manifest`."""
        try:
            with self._service(f"the manifest of {key}"):
                found = obstore.get(self._store, f"{key}/{MANIFEST}")
                check_manifest_size(found.meta["size"], key, self.url)
                content = bytes(found.bytes())
        except FileNotFoundError:
            return None
        return checked_manifest(content, key, self.url)

    def publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        """See `Bucket.publish`."""
        there = self._sizes(key)
        if f"{key}/{MANIFEST}" in there and (published := self.manifest(key)):
            self._remove_others(key, published["location"], set(there))
            return published
        lines = list(map(manifest_line, files))
        folder = f"{key}/{content_digest(lines)}"
        size = size_text(sum(line["size"] for line in lines))
        with self._service(f"publish {key}, {len(lines)} files, {size}"):
            targets = [f"{folder}/{file.name}" for file in files]
            list(self._threads.map(self._send, files, targets, repeat(there)))
            mine: Manifest = {**about, "location": f"{self.url}/{folder}", "files": lines}
            first = self._create(f"{key}/{MANIFEST}", json.dumps(mine).encode())
        published = mine if first else self.manifest(key)
        if published is None:  # whoever was first has not got there after all
            raise ServiceUnavailable(f"{self.url}/{key} was written by somebody else at the same moment; try again")
        self._remove_others(key, published["location"], set(there) if first else set(self._sizes(folder)))
        return published

    def put(self, location: str, name: str, content: bytes) -> None:
        """See `Bucket.put`."""
        with self._service(f"put {name}, {size_text(len(content))}"):
            obstore.put(self._store, f"{self._within(location)}/{name}", content)

    def folders(self) -> Iterator[tuple[str, dict[str, int]]]:
        """See `Bucket.folders`."""
        with self._listing("all names"):
            objects = (file for page in obstore.list(self._store) for file in page if "/" in file["path"])
            for key, files in groupby(objects, lambda file: str(file["path"]).partition("/")[0]):
                yield key, {file["path"].removeprefix(f"{key}/"): file["size"] for file in files}

    def sha256(self, key: str, name: str) -> str:
        """See `Bucket.sha256`."""
        checksum = hashlib.sha256()
        with self._service(f"the content of {key}/{name}"):
            for block in obstore.get(self._store, f"{key}/{name}"):
                checksum.update(block)
        return checksum.hexdigest()

    def sizes(self, location: str) -> dict[str, int]:
        """See `Bucket.sizes`."""
        folder = self._within(location)
        return {
            name.removeprefix(f"{folder}/"): size
            for name, size in self._sizes(folder).items()
            if name != folder  # which may have an object of its own
        }

    def download(self, location: str, name: str, target: Path) -> None:
        """See `Bucket.download`."""
        with self._service(f"get {name}"):
            content = obstore.get(self._store, f"{self._within(location)}/{name}")
            with target.open("wb") as file:
                for block in content:
                    file.write(block)

    def leftovers(self, key: str, names: Iterable[str], location: str | None) -> list[str]:
        """See `Bucket.leftovers`: what lies in a folder of a digest which is not the published one."""
        kept = f"{self._within(location)}/" if location else "/"
        return [name for name in names if _OF_ATTEMPT.match(name) and not f"{key}/{name}".startswith(kept)]

    def remove(self, key: str, names: Iterable[str]) -> None:
        """See `Bucket.remove`."""
        names = list(names)
        with self._service(f"remove {len(names)} files of {key}"):
            obstore.delete(self._store, [f"{key}/{name}" for name in names])

    def _send(self, file: ResultFile, target: str, there: Mapping[str, int]) -> None:
        """Send a file unless it is there: under a name that holds its digest, an object of its size is the file."""
        size = file.path.stat().st_size
        if there.get(target) == size:
            return
        if size <= SMALL:
            obstore.put(self._store, target, file.path.read_bytes(), use_multipart=False)
            return
        with self._large:
            part = max(PART, -(-size // MOST_PARTS))
            obstore.put(self._store, target, file.path, chunk_size=part, max_concurrency=PARTS_AT_ONCE)

    def _create(self, name: str, content: bytes) -> bool:
        """Write an object if there is none; return whether this, and no earlier one, is there now."""
        try:
            obstore.put(self._store, name, content, mode="create")
        except AlreadyExistsError:
            return False
        except NotSupportedError:
            obstore.put(self._store, name, content)
        return True

    def _remove_others(self, key: str, location: str, names: set[str]) -> None:
        """Remove, of some objects under a key, those that are not part of what is published.

        Leftovers of dead attempts by who publishes, their own by who lost: since there is a manifest, nothing of it
        can be published any more.
        """
        if others := self.leftovers(key, (name.removeprefix(f"{key}/") for name in names), location):
            self.remove(key, others)

    def _sizes(self, folder: str) -> dict[str, int]:
        with self._listing(f"the names in {folder}"):
            return {file["path"]: file["size"] for page in obstore.list(self._store, f"{folder}/") for file in page}

    def _within(self, location: str) -> str:
        return location.removeprefix(self.url).strip("/")

    @contextmanager
    def _listing(self, asked: str) -> Iterator[None]:
        """See `_service`; of what is listed, nothing but the bucket can be missing."""
        try:
            with self._service(asked):
                yield
        except FileNotFoundError:
            raise NoBucket(_no_bucket(self._name)) from None

    @contextmanager
    def _service(self, asked: str) -> Iterator[None]:
        """Say in the words of this package what S3 was asked and answered."""
        try:
            with timed(log.debug, f"the bucket {self.url}: {asked}"), s3_errors():
                yield
        except ConnectionError as error:
            raise ServiceUnavailable(
                f"the bucket {self.url} did not answer for {patience():g} s: {error}; try again later"
            ) from None
        except UnknownAnswer as error:
            raise OSError(f"the bucket {self.url} answered what cannot be used: {error}") from None


def check_names(url: str) -> None:
    """See that S3 takes the name of the bucket that a URL says, and names that begin with its prefix.

    Raises
    ------
    InvalidInput
        If not.
    """
    name, prefix = _split(url)
    if not is_bucket_name(name) or len(name) < _SHORTEST_NAME:
        raise InvalidInput(
            f"the bucket {shown(url)} has a name that S3 does not take; give --bucket s3://NAME, with 3 or more "
            "letters, digits, dots and dashes"
        )
    parts = prefix.split("/") if prefix else []
    if (
        any(part in ("", ".", "..") or not part.isprintable() for part in parts)
        or len(prefix.encode()) > _LONGEST_PREFIX
    ):
        raise InvalidInput(
            f"the bucket {shown(url)} has a prefix that S3 does not take; give one of names with single slashes "
            f"between them, up to {_LONGEST_PREFIX} bytes in all"
        )


def _split(url: str) -> tuple[str, str]:
    name, prefix = split_url(url)
    if not name:
        raise InvalidInput(f"the bucket {url} has no name; give --bucket s3://NAME, or set ANALYSIS_BUCKET")
    return name, prefix


@contextmanager
def _reaching(name: str) -> Iterator[None]:
    """Say that a bucket is not there, or cannot be asked."""
    try:
        yield
    except FileNotFoundError:
        raise NoBucket(_no_bucket(name)) from None
    except (NoSuchName, ConnectionError, PermissionError) as error:
        raise InvalidInput(
            f"S3 cannot be reached for s3://{name} ({error}); check --bucket, AWS_REGION, AWS_ENDPOINT_URL and the "
            "network"
        ) from None


def _no_bucket(name: str) -> str:
    return f"there is no bucket s3://{name}; create it, or check --bucket and ANALYSIS_BUCKET"


def _warn_of_races(url: str) -> None:
    log.warning(
        "the bucket %s does not honour conditional writes (If-None-Match), so two runs that publish the same job at "
        "the same moment may spoil its results: let one run at a time use it",
        url,
    )
