"""One collection of AIND's document database (DocDB), through the client of aind-data-access-api."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import requests
from aind_data_access_api.document_db import AnalysisDbClient
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from analysis_jobs.errors import InvalidInput
from analysis_jobs.retries import asking, patiently, timed
from analysis_jobs.wording import plural, shown

if TYPE_CHECKING:
    from boto3 import Session

log = logging.getLogger(__name__)

Document = dict[str, Any]
# What is done to one document: its `_id`, and operations as the API takes them, which may be done twice.
Change = tuple[str, list[Document]]

# Bytes of one bulk write; the gateway takes 10 MB with everything around.
LARGEST_WRITE = 5_000_000
# Documents of a page where all are read; each is a kilobyte or two.
PAGE = 1_000
# Beside the `_id` of a document that no answer can hold
TOO_LARGE = "\0too large"
_TRANSIENT = {429, 500, 502, 503, 504}
_TOO_MUCH = 413  # for one answer
_SECONDS = (10.0, 60.0)  # to connect, and to wait for the next bytes; the client itself waits for ever


class Collection:
    """A collection: read by aggregation and written in bulk, patiently, in requests of a size that passes.

    The client's `find` puts its filter into the URL, which a few thousand keys break, and its bulk upsert
    overwrites and tells nobody of errors; so neither is used.
    """

    def __init__(self, host: str, version: str, database: str, name: str, session: "Session | None") -> None:
        """Take the place of the collection, and the AWS session that signs writes; None only to read."""
        self.place = f"{database}/{name} at {host}"
        http = requests.Session()
        http.mount("https://", _WithTimeout(pool_maxsize=1))
        self._client = AnalysisDbClient(host, name, database, version, boto=session, session=http)

    def check(self, *, write: bool) -> None:
        """See that it can be read, or written: by a write that finds nothing to change.

        Raises
        ------
        InvalidInput
            If it cannot be reached, or refuses.
        ServiceUnavailable
            If it is there but does not answer.
        """
        nothing = {"filter": {"_id": "", "key": "none"}, "update": {"$set": {"key": ""}}}
        call = (lambda: self._post([{"UpdateOne": nothing}])) if write else self._read_one
        try:
            with timed(log.debug, f"{self.place}: may it be {'written' if write else 'read'}"):
                self._patiently(call, lambda error: "" if _cannot_connect(error) else _why_unavailable(error))
        except requests.ConnectionError as error:
            raise InvalidInput(
                f"the document database {self.place} cannot be reached ({_reason(error)}); check DOCDB_HOST and the "
                "network"
            ) from None

    def count(self) -> int:
        """Return how many documents there are."""
        counted = self.aggregate([{"$group": {"_id": None, "count": {"$sum": 1}}}], "the number of")
        return int(counted[0]["count"]) if counted else 0

    def aggregate(self, pipeline: list[Document], asked: str = "some") -> list[Document]:
        """Return what an aggregation pipeline yields, each with its `_id`; `asked` says in the log what that is."""
        with timed(log.debug, f"{self.place}: {asked} documents") as came:
            documents: list[Document] = self._patiently(
                lambda: _documents(self._client.aggregate_docdb_records(pipeline))
            )
            came.append(f"{len(documents)} found")
        return documents

    def among(self, field: str, values: Sequence[str], then: Sequence[Document] = ()) -> Iterator[Document]:
        """Yield the documents whose field is among values, through further stages; in halves where that is too much."""
        if not values:
            return
        try:
            asked = f"among {plural(len(values), 'value')} of {field}, the"
            documents = self.aggregate([{"$match": {field: {"$in": list(values)}}}, *then], asked)
        except requests.HTTPError as error:
            if error.response.status_code != _TOO_MUCH:
                raise
            if len(values) == 1:
                yield from self.pages({field: values[0]}, then, size=1 if field == "_id" else PAGE)
                return
            half = len(values) // 2
            yield from self.among(field, values[:half], then)
            yield from self.among(field, values[half:], then)
        else:
            yield from documents

    def field_of(self, keys: Sequence[str], name: str) -> dict[str, object]:
        """Return one field of the documents of these `_id` that are there, None where it is missing."""
        documents = self.among("_id", keys, [{"$project": {name: 1}}])
        return {document["_id"]: document.get(name) for document in documents}

    def pages(self, query: Document, then: Sequence[Document] = (), size: int = PAGE) -> Iterator[Document]:
        """Yield the documents that a query matches, in the order of `_id`, through further stages, by pages.

        A page that is too much for one answer is asked for in halves. Of a document that is too much by itself, only
        the `_id` is yielded, and `TOO_LARGE`.
        """
        last, most = "", size
        while True:
            match = {"$match": {"$and": [query, {"_id": {"$gt": last}}]}}
            first: list[Document] = [match, {"$sort": {"_id": 1}}, {"$limit": size}]
            try:
                page = self.aggregate([*first, *then], f"the next {size}")
            except requests.HTTPError as error:
                if error.response.status_code != _TOO_MUCH:
                    raise
                if size > 1:
                    size //= 2
                    continue
                page = [
                    {**document, TOO_LARGE: True} for document in self.aggregate([*first, {"$project": {"_id": 1}}])
                ]
            yield from page
            if len(page) < size:
                return
            last, size = page[-1]["_id"], min(2 * size, most)

    def write(self, changes: Iterable[Change]) -> dict[str, str]:
        """Write in bulk, and return by `_id` what was refused, and why; everything else is written."""
        refused: dict[str, str] = {}
        for chunk in _chunks(changes):
            refused |= self._write(chunk)
        return refused

    def _write(self, changes: Sequence[Change]) -> dict[str, str]:
        operations = [operation for _, some in changes for operation in some]
        try:
            with timed(log.debug, f"{self.place}: write {plural(len(changes), 'document')}"):
                self._patiently(lambda: self._post(operations))
        except requests.HTTPError as error:
            if len(changes) == 1:
                return {changes[0][0]: _refusal(error)}
            # How far the server came before it stopped is not told by all versions: halves find the bad ones.
            half = len(changes) // 2
            return self._write(changes[:half]) | self._write(changes[half:])
        return {}

    def insert_one(self, document: Document, *, patient: bool = True) -> str:
        """Insert a document, and return why it was refused, or an empty text.

        Unless `patient` it is tried once: some services answer a second document of an `_id` as if they had broken.
        """
        try:
            if patient:
                self._patiently(lambda: self._insert_unless_there(document))
            else:
                _accepted(self._client.insert_one_docdb_record(document))
        except requests.HTTPError as error:
            return _refusal(error)
        except _Taken as error:
            return str(error)
        return ""

    def _insert_unless_there(self, document: Document) -> None:
        try:
            _accepted(self._client.insert_one_docdb_record(document))
        except (requests.HTTPError, requests.ConnectionError, requests.Timeout) as error:
            if self.aggregate([{"$match": {"_id": document["_id"]}}, {"$project": {"_id": 1}}]):
                raise _Taken(f"{_reason(error)}: a document with its _id exists already") from None
            raise

    def delete(self, keys: Sequence[str]) -> str:
        """Delete documents by their `_id`, and return why that was refused, or an empty text."""
        for start in range(0, len(keys), PAGE):
            if refused := self._delete(list(keys[start : start + PAGE])):
                return refused
        return ""

    def _delete(self, keys: list[str]) -> str:
        many, one = self._client.delete_many_records, self._client.delete_one_record
        try:
            patiently(lambda: _accepted(many(keys) if len(keys) > 1 else one(keys[0])), _why_unavailable, self.place)
        except requests.HTTPError as error:  # also 403: who may write may not have the right to delete
            return _refusal(error)
        return ""

    def _read_one(self) -> None:
        _documents(self._client.aggregate_docdb_records([{"$limit": 1}, {"$project": {"_id": 1}}]))

    def _post(self, operations: list[Document]) -> None:
        _accepted(self._client._bulk_write(operations))

    def _patiently(self, call: Callable[[], Any], transient: Callable[[Exception], str] | None = None) -> Any:
        try:
            return patiently(call, transient or _why_unavailable, f"the document database {self.place}")
        except requests.HTTPError as error:
            if error.response.status_code in (401, 403):
                raise InvalidInput(
                    f"the document database {self.place} refused ({_reason(error)}); check the AWS credentials "
                    "(AWS_PROFILE or --write_profile) and DOCDB_COLLECTION"
                ) from None
            raise


def time_at_docdb(host: str) -> str | None:
    """Return what the server of a document database has for the time, as HTTP writes it; None if it says none.

    Raises
    ------
    ConnectionError
        If it cannot be asked; says of what kind the error was.
    """
    try:
        with asking():
            return requests.head(f"https://{host}/", timeout=_SECONDS, allow_redirects=False).headers.get("Date")
    except requests.RequestException as error:
        raise ConnectionError(_reason(error)) from None


class _OddAnswer(Exception):
    """An answer that is a success by its status and not by what is in it."""


class _Taken(Exception):
    """There is a document of that `_id` already."""


def _documents(answer: object) -> list[Document]:
    if isinstance(answer, list) and all(isinstance(document, dict) and "_id" in document for document in answer):
        return answer
    raise _OddAnswer(f"an answer that is not a list of documents but {shown(answer)}")


def _accepted(response: requests.Response) -> None:
    """See that a write was taken, by the status and, where the answer says something of it, by that.

    Raises
    ------
    requests.HTTPError
        If not.
    """
    response.raise_for_status()
    try:
        answer = response.json()
    except requests.JSONDecodeError:  # an empty one, mostly: what came of it is seen in the documents
        return
    failed = isinstance(answer, dict) and (
        answer.get("writeErrors") or answer.get("errorMessage") or answer.get("acknowledged") is False
    )
    if failed:
        raise requests.HTTPError("not done", response=response)


def _refusal(error: requests.HTTPError) -> str:
    text = " ".join(error.response.text[:300].split())
    return f"{_reason(error)}: {text}"


class _WithTimeout(HTTPAdapter):
    def send(self, request: Any, *arguments: Any, **options: Any) -> requests.Response:
        with asking():
            return super().send(request, *arguments, **{**options, "timeout": options.get("timeout") or _SECONDS})


def _why_unavailable(error: Exception) -> str:
    if isinstance(error, requests.HTTPError):
        return _reason(error) if error.response.status_code in _TRANSIENT else ""
    if isinstance(error, _OddAnswer):
        return str(error)
    if isinstance(error, requests.JSONDecodeError):
        return "an answer that is not JSON"
    dropped = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
    return _reason(error) if isinstance(error, dropped) else ""


def _cannot_connect(error: Exception) -> bool:
    inside = error.args[0] if error.args else None
    refused = isinstance(inside, MaxRetryError) and isinstance(inside.reason, NewConnectionError)
    return refused or isinstance(error, requests.exceptions.SSLError | requests.ConnectTimeout)


def _reason(error: Exception) -> str:
    """Return the kind of an error, without its text: that repeats the whole URL."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code}"
    inside = error.args[0] if error.args else None
    return type(inside.reason if isinstance(inside, MaxRetryError) else error).__name__


def _chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    chunk: list[Change] = []
    size = 0
    for change in changes:
        length = len(json.dumps(change[1]))
        if chunk and size + length > LARGEST_WRITE:
            yield chunk
            chunk, size = [], 0
        chunk.append(change)
        size += length
    if chunk:
        yield chunk
