"""Inputs in S3, files and folders: whether they are there, what they are, and what is in them.

Imports within functions are for a quick start.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from analysis_jobs.aws.credentials import CredentialsError
from analysis_jobs.aws.s3 import NoSuchName, open_s3, s3_errors, split_url
from analysis_jobs.documents import InputIdentity
from analysis_jobs.recordings.inputs_on_disk import Each
from analysis_jobs.recordings.looked import ListedFile, Looked, file_content, folder_content, folder_identity
from analysis_jobs.retries import asking

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Store

_Answer = TypeVar("_Answer")
_PAGE = 1_000


class InputsInS3:
    """Objects, and what lies below a name: asked with the credentials that are there, else as nobody."""

    def __init__(self) -> None:
        """Begin without any bucket; each is opened once."""
        self._opened: dict[tuple[str, bool | None], S3Store | Exception] = {}
        self._lock = Lock()

    def look(self, url: str, *, identify: bool) -> Looked:
        """Look at an object or a folder, of which `identify` lists all objects.

        Raises
        ------
        ConnectionError
            If S3 does not answer.
        OSError, ValueError, analysis_jobs.recordings.looked.TooManyFiles
            If that cannot be told.
        """
        try:
            return self._allowed(url, lambda store, name: _look(store, name, url, identify=identify))
        except NoSuchName as error:
            return Looked("missing", str(error))
        except FileNotFoundError as error:
            return Looked("missing", f"S3 says {error}" if str(error) == "NoSuchBucket" else "nothing is there")
        except PermissionError as error:
            return Looked("no rights", str(error))
        except CredentialsError as error:
            return Looked("no rights", error.reason or "no credentials")

    def content(self, url: str, each: Each) -> str:
        """Return the digest of what is there; see `analysis_jobs.documents.InputContent`. All of it is read.

        Raises
        ------
        OSError, ValueError
            If it cannot be read.
        """
        return self._allowed(url, lambda store, name: _content(store, name, each))

    def _allowed(self, url: str, ask: Callable[["S3Store", str], _Answer]) -> _Answer:
        """Ask with credentials and, where these are refused, without, as a bucket may be public."""
        bucket, name = split_url(url)
        store = None
        try:
            store = self._open(bucket, None)
            return ask(store, name)
        except (PermissionError, CredentialsError):
            if store is not None and store.config.get("skip_signature"):  # there are none
                raise
            try:
                return ask(self._open(bucket, True), name)
            except PermissionError:
                pass
            raise  # what whoever has credentials was told

    def _open(self, bucket: str, anonymous: bool | None) -> "S3Store":
        with self._lock:
            if (bucket, anonymous) not in self._opened:
                try:
                    self._opened[bucket, anonymous] = open_s3(bucket, anonymous=anonymous)
                except Exception as error:
                    self._opened[bucket, anonymous] = error
            store = self._opened[bucket, anonymous]
        if isinstance(store, Exception):
            raise store
        return store


def _look(store: "S3Store", name: str, url: str, *, identify: bool) -> Looked:
    if _is_called_as_a_folder(name) and (looked := _folder(store, name, url, identify=identify)):
        return looked
    meta, refused = _head(store, name)
    # An object without content may be the mark of a folder
    if not (meta and meta["size"]) and (looked := _folder(store, name, url, identify=identify)):
        return looked
    if meta:
        return Looked("there", identity=_file(meta, url) if identify else None)
    if refused:
        raise refused
    return Looked("missing", "nothing is there")


def _is_called_as_a_folder(name: str) -> bool:
    """Return whether it is likely one, of which to ask first; assets of AIND have no ending."""
    last = name.rpartition("/")[2]
    return "." not in last or last.endswith(".zarr")


def _folder(store: "S3Store", name: str, url: str, *, identify: bool) -> Looked | None:
    files = _listed(store, name)
    first = next(files, None)
    if first is None:
        return None
    return Looked("there", identity=folder_identity(url, chain([first], files)) if identify else None)


def _head(store: "S3Store", name: str) -> tuple["ObjectMeta | None", PermissionError | None]:
    """Return what S3 says of an object, or its refusal; without the right to list, S3 refuses what is not there too."""
    import obstore

    try:
        with s3_errors(), asking():
            return (obstore.head(store, name) if name else None), None
    except FileNotFoundError:
        return None, None
    except PermissionError as error:
        return None, error


def _file(meta: "ObjectMeta", url: str) -> InputIdentity:
    identity: InputIdentity = {"location": url, "size": meta["size"], "modified": meta["last_modified"].isoformat()}
    if meta["e_tag"]:
        identity["etag"] = meta["e_tag"].strip('"')
    if meta["version"] and meta["version"] != "null":
        identity["version"] = meta["version"]
    return identity


def _listed(store: "S3Store", name: str) -> Iterator[ListedFile]:
    import obstore

    below = f"{name}/" if name else ""
    pages = iter(obstore.list(store, below or None, chunk_size=_PAGE))
    with s3_errors():
        for page in iter(lambda: _next(pages), None):
            for meta in page:
                if meta["path"] != name:  # the mark of the folder
                    mark = (meta["e_tag"] or meta["last_modified"].isoformat()).strip('"')
                    yield ListedFile(meta["path"].removeprefix(below), meta["size"], mark)


def _next(pages: "Iterator[Sequence[ObjectMeta]]") -> "Sequence[ObjectMeta] | None":
    with asking():
        return next(pages, None)


def _content(store: "S3Store", name: str, each: Each) -> str:
    meta, refused = _head(store, name)
    if meta and meta["size"]:
        return file_content(_sha256(store, name))
    names = [file.name for file in _listed(store, name)]
    if names:
        below = f"{name}/" if name else ""
        return folder_content(zip(names, each(lambda one: _sha256(store, f"{below}{one}"), names), strict=True))
    if meta:
        return file_content(_sha256(store, name))
    raise refused or FileNotFoundError("nothing is there")


def _sha256(store: "S3Store", name: str) -> str:
    import obstore

    digest = hashlib.sha256()
    with s3_errors(), asking():
        for block in obstore.get(store, name):
            digest.update(block)
    return digest.hexdigest()
