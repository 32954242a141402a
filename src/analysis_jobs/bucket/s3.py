"""The bucket in S3: results arrive in a folder named after their content, and one conditional write publishes them."""

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError

from analysis_jobs.aws.credentials import ask_about, s3_access
from analysis_jobs.aws.s3 import UnknownAnswer, open_s3, s3_errors
from analysis_jobs.bucket.manifests import (
    below_key,
    check_manifest_size,
    checked_manifest,
    content_digest,
    manifest_line,
)
from analysis_jobs.bucket.names import CODE, MANIFEST, RECORD_FILE, SET_ASIDE, archive_name
from analysis_jobs.bucket.protocol import ChangedFile, NoBucket, ResultFile, StoredFile, changed_text
from analysis_jobs.bucket.s3_names import name_and_prefix, no_bucket, reaching
from analysis_jobs.bucket.s3_sending import Sender, now
from analysis_jobs.bucket.whole import published_names, whole_result
from analysis_jobs.documents import Manifest, ManifestLine, PublishedOutcome
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.retries import asking, patience, timed
from analysis_jobs.wording import plural, size_text

if TYPE_CHECKING:
    from obstore import ObjectMeta, UpdateVersion

log = logging.getLogger(__name__)

_OF_ATTEMPT = re.compile(r"[0-9a-f]{16}/")  # the folder of a `content_digest`
_LOOKED_FOR = 1_000  # keys, of a launch
_PROBES = ".analysis-jobs"


class S3Bucket:
    """Published results in ``s3://bucket/prefix/<key>/``; see `analysis_jobs.bucket.protocol.Bucket`.

    S3 cannot rename, so files go to ``<key>/<digest of all names and contents>/``. Two writers of different content
    never touch the same object, whoever lives and whoever is dead; a repeated attempt finds what it has sent; and
    ``<key>/manifest.json``, written on the condition that there is none, says which of the folders counts. Only after
    that is anything removed.
    """

    def __init__(self, url: str, profile: str | None = None) -> None:
        """Take ``s3://bucket`` or ``s3://bucket/prefix``; see `analysis_jobs.bucket.opening.open_bucket`."""
        name, prefix = name_and_prefix(url)
        self.url = f"s3://{name}/{prefix}".rstrip("/")
        self._name, self._profile = name, profile
        with reaching(name):
            self._store = open_s3(name, prefix, profile)
        self._looked_for = 0
        self._sender = Sender(self._store, self._listed)

    def location(self, key: str) -> str:
        """See `Bucket.location`."""
        return f"{self.url}/{key}"

    def holds(self, key: str, location: str) -> bool:
        """See `Bucket.holds`."""
        return f"{location}/".startswith(f"{self.url}/{key}/")

    def check(self) -> None:
        """See `Bucket.check`."""
        with reaching(self._name):
            ask_about(self._name, s3_access(self._profile))
        probe = f"{_PROBES}/probe-{secrets.token_hex(8)}"
        try:
            with self._request("may it be written"):
                self._create(probe, b"")
                if self._create(probe, b""):
                    _warn_of_races(self.url)
                obstore.delete(self._store, [probe])
        except PermissionError as error:
            raise InvalidInput(
                f"the bucket {self.url} refuses to be written ({error}); check the AWS credentials (AWS_PROFILE or "
                "--write_profile) and --bucket"
            ) from None

    def is_there(self) -> bool:
        """See `Bucket.is_there`; what lists one that is not says so itself."""
        return True

    def manifest(self, key: str) -> Manifest | None:
        """See `Bucket.manifest`."""
        try:
            with self._request(f"the manifest of {key}"):
                found = obstore.get(self._store, f"{key}/{MANIFEST}")
                check_manifest_size(found.meta["size"], key, self.url)
                content = bytes(found.bytes())
        except FileNotFoundError:
            return None
        return checked_manifest(content, key, self.url)

    def publish(self, key: str, files: Sequence[ResultFile], about: PublishedOutcome) -> Manifest:
        """See `Bucket.publish`."""
        began, there = now(), self._listed(key)
        damaged = there.get(f"{key}/{MANIFEST}")
        if damaged and (published := whole_result(self, key, about)):
            self._remove_others(key, published["location"], set(there))
            return published
        lines = list(map(_line_as_written, files))
        folder = f"{key}/{content_digest(lines)}"
        size = size_text(sum(line["size"] for line in lines))
        with self._service(f"publish {key}, {plural(len(lines), 'file')}, {size}"):
            self._sender.bring(files, folder, there)
            self._sender.bring_if_long(files, folder, began)
            mine: Manifest = {**about, "location": f"{self.url}/{folder}", "files": lines}
            with asking():
                first = self._create(f"{key}/{MANIFEST}", json.dumps(mine).encode(), damaged)
            if first:
                self._sender.bring_if_long(files, folder, began)
        published = mine if first else self.manifest(key)
        if published is None:  # whoever was first has not got there after all
            raise ServiceUnavailable(f"{self.url}/{key} was written by somebody else at the same moment; try again")
        self._remove_others(key, published["location"], set(there) if first else set(self._listed(folder)))
        return published

    def keep_code(self, digest: str, archive: bytes) -> None:
        """See `Bucket.keep_code`: by one conditional write, for which nobody waits where it is here."""
        name = f"{CODE}/{archive_name(digest)}"
        with self._request(f"keep {name}, {size_text(len(archive))}"):
            try:
                obstore.head(self._store, name)
            except FileNotFoundError:
                self._create(name, archive)

    def code(self, digest: str) -> bytes | None:
        """See `Bucket.code`."""
        name = f"{CODE}/{archive_name(digest)}"
        try:
            with self._request(f"get {name}"):
                return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None

    def put(self, location: str, name: str, content: bytes) -> None:
        """See `Bucket.put`."""
        with self._request(f"put {name}, {size_text(len(content))}"):
            obstore.put(self._store, f"{self._within(location)}/{name}", content)

    def folders(self) -> Iterator[tuple[str, dict[str, StoredFile] | OSError]]:
        """See `Bucket.folders`."""
        beside: dict[str, StoredFile] = {}
        with self._listing("all names"):
            objects = (meta for page in obstore.list(self._store) for meta in page)
            for key, metas in groupby(objects, _folder_of):
                files = {_name_in(key, meta): _stored(meta) for meta in metas}
                if not key:
                    beside |= files
                elif key not in (SET_ASIDE, CODE):
                    yield key, files
        if beside:
            yield "", beside

    def files(self, key: str) -> dict[str, StoredFile]:
        """See `Bucket.files`."""
        return {_name_in(key, meta): _stored(meta) for name, meta in self._listed(key).items() if name != key}

    def many_files(self, keys: Sequence[str]) -> dict[str, dict[str, StoredFile]]:
        """See `Bucket.many_files`; each takes a request, several at once."""
        return dict(zip(keys, self._sender.threads.map(self.files, keys), strict=True))

    def belongings(self, key: str, names: Collection[str], *, recorded: bool) -> list[str]:
        """See `Bucket.belongings`: mostly what lies in folders of digests; else as in a bucket that was on a disk."""
        others = {name for name in names if name != MANIFEST and not _OF_ATTEMPT.match(name)}
        others -= published_names(self, key) if others else set()
        return [name for name in names if name not in others]

    def clear(self, files: Mapping[str, Collection[str]]) -> dict[str, str]:
        """See `Bucket.clear`: of all keys at once, as S3 takes a thousand names in one request."""
        manifests = [f"{key}/{MANIFEST}" for key, names in files.items() if MANIFEST in names]
        others = [f"{key}/{name}" for key, names in files.items() for name in names if name != MANIFEST]
        try:
            with self._request(f"remove the results of {plural(len(files), 'key')}"):
                for some in filter(None, (others, manifests)):
                    obstore.delete(self._store, some)
        except OSError as error:
            return dict.fromkeys(files, f"{self.url} refused: {error}")
        return {}

    def links(self, key: str) -> dict[str, str]:
        """See `Bucket.links`: S3 has none."""
        return {}

    def lacking(self, keys: Sequence[str]) -> set[str]:
        """See `Bucket.lacking`: each takes a request."""
        asked = keys[: max(0, _LOOKED_FOR - self._looked_for)]
        self._looked_for += len(asked)
        there = self._sender.threads.map(self._listed, asked)
        return {key for key, names in zip(asked, there, strict=True) if not names}

    def sha256(self, key: str, name: str) -> str:
        """See `Bucket.sha256`."""
        checksum = hashlib.sha256()
        with self._request(f"the content of {key}/{name}"):
            for block in obstore.get(self._store, f"{key}/{name}"):
                checksum.update(block)
        return checksum.hexdigest()

    def proven(self, key: str, location: str) -> list[ManifestLine] | None:
        """See `Bucket.proven`: by the digest that the folder is called."""
        digest = below_key(location, key)
        lines: list[ManifestLine] = []
        for name, file in self.files(key).items():
            if name.startswith(f"{digest}/") and name != f"{digest}/{RECORD_FILE}":
                path = name.removeprefix(f"{digest}/")
                lines.append({"path": path, "size": file.size, "sha256": self.sha256(key, name)})
        return lines if lines and content_digest(lines) == digest else None

    def sizes(self, location: str) -> dict[str, int]:
        """See `Bucket.sizes`."""
        folder = self._within(location)
        return {
            name.removeprefix(f"{folder}/"): meta["size"]
            for name, meta in self._listed(folder).items()
            if name != folder  # which may have an object of its own
        }

    def download(self, location: str, name: str, target: Path) -> None:
        """See `Bucket.download`."""
        with self._request(f"get {name}"):
            content = obstore.get(self._store, f"{self._within(location)}/{name}")
            with target.open("wb") as file:
                for block in content:
                    file.write(block)

    def leftovers(self, key: str, names: Collection[str], location: str | None) -> list[str]:
        """See `Bucket.leftovers`: what lies in a folder of a digest which neither is nor was the published one."""
        if key == _PROBES:
            return list(names)
        kept = {name.partition("/")[0] for name in names if name.partition("/")[2] == RECORD_FILE}
        kept.add(below_key(location, key) if location else "")
        return [name for name in names if _OF_ATTEMPT.match(name) and name.partition("/")[0] not in kept]

    def remove(self, key: str, names: Collection[str]) -> bool:
        """See `Bucket.remove`; of a writer there is no sign in S3."""
        with self._request(f"remove {plural(len(names), 'file')} of {key}"):
            obstore.delete(self._store, [f"{key}/{name}" for name in names])
        return True

    def move(self, key: str, to: str) -> None:
        """See `Bucket.move`; the manifest goes last, so that it can be done again."""
        names = [*(self.files(key).keys() - {MANIFEST}), MANIFEST]
        with self._request(f"move {plural(len(names), 'file')} of {key} to {to}"):
            for name in names:
                obstore.copy(self._store, f"{key}/{name}", f"{to}/{name}")
            obstore.delete(self._store, [f"{key}/{name}" for name in names[:-1]])
            obstore.delete(self._store, f"{key}/{MANIFEST}")

    def set_aside(self, key: str, name: str, content: str) -> str:
        """See `Bucket.set_aside`."""
        path = f"{SET_ASIDE}/{key}/{now():%Y-%m-%dT%H-%M-%S-%f}.{name}"
        with self._request(f"set {name} of {key} aside"):
            obstore.put(self._store, path, content.encode(errors="surrogateescape"))
        return f"{self.url}/{path}"

    def _create(self, name: str, content: bytes, instead: "ObjectMeta | None" = None) -> bool:
        """Write an object if there is none, or only the one that it is to replace; return whether it is there now."""
        condition: Literal["create"] | UpdateVersion = "create"
        if instead and instead["e_tag"]:
            condition = {"e_tag": instead["e_tag"]}
        try:
            obstore.put(self._store, name, content, mode=condition)
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):  # the last: of what was to be replaced
            return False
        except NotSupportedError:
            obstore.put(self._store, name, content)
        return True

    def _remove_others(self, key: str, location: str, names: set[str]) -> None:
        """Remove, of some objects under a key, those that are not part of what is published.

        Leftovers of dead attempts by who publishes, their own by who lost: since there is a manifest, nothing of it
        can be published any more.
        """
        if others := self.leftovers(key, [name.removeprefix(f"{key}/") for name in names], location):
            self.remove(key, others)

    def _listed(self, folder: str) -> "dict[str, ObjectMeta]":
        with self._listing(f"the names in {folder}"), asking():
            return {meta["path"]: meta for page in obstore.list(self._store, f"{folder}/") for meta in page}

    def _within(self, location: str) -> str:
        return location.removeprefix(self.url).strip("/")

    @contextmanager
    def _listing(self, asked: str) -> Iterator[None]:
        """See `_service`; of what is listed, nothing but the bucket can be missing."""
        try:
            with self._service(asked):
                yield
        except FileNotFoundError:
            raise NoBucket(no_bucket(self._name)) from None

    @contextmanager
    def _request(self, asked: str) -> Iterator[None]:
        """See `_service`; when as many requests as may be are on their way, after one of them."""
        with self._service(asked), asking():
            yield

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


def _line_as_written(file: ResultFile) -> ManifestLine:
    line = manifest_line(ResultFile(file.name, file.path))
    if file.line and file.line["sha256"] != line["sha256"]:
        raise ChangedFile(changed_text(file))
    return line


def _folder_of(meta: "ObjectMeta") -> str:
    folder, _, name = meta["path"].partition("/")
    return folder if name else ""


def _name_in(key: str, meta: "ObjectMeta") -> str:
    return meta["path"].removeprefix(f"{key}/")


def _stored(meta: "ObjectMeta") -> StoredFile:
    return StoredFile(meta["size"], meta["last_modified"])


def _warn_of_races(url: str) -> None:
    log.warning(
        "the bucket %s does not honour conditional writes (If-None-Match), so two runs that publish the same job at "
        "the same moment may spoil its results: let one run at a time use it",
        url,
    )
