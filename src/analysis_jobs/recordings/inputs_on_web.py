"""Inputs on web servers: whether they are there, what they are, and what is in them.

Imports within functions are for a quick start.
"""

import hashlib
import socket
from typing import TYPE_CHECKING

from analysis_jobs.documents import InputIdentity
from analysis_jobs.recordings.inputs_on_disk import Each
from analysis_jobs.recordings.looked import Looked, file_content
from analysis_jobs.recordings.remote_file import asked_again, web_pool
from analysis_jobs.redaction.addresses import open_address

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_MISSING, _NO_RIGHTS, _BUSY = (404, 410), (401, 403), (429, 502, 503, 504)
# Who refuses to say something of a file may still send it, as a signature may be for that alone
_ASK_OTHERWISE = (403, 405, 501)
# A Zarr store on a server that lists nothing is seen by one of its documents
_OF_ZARR = (".zmetadata", "zarr.json", ".zgroup", ".zarray")
_BLOCK = 2**20


class NoSuchHost(OSError):
    """No machine has the name that is in a URL."""


class InputsOnWeb:
    """What ``http://`` and ``https://`` lead to."""

    def __init__(self, connections: int) -> None:
        """Take how many are used at a time."""
        self._pool = web_pool(connections=connections)

    def look(self, url: str, *, identify: bool) -> Looked:
        """Look at a file, or at a Zarr store, of which the identity is that of the document by which it is opened.

        Raises
        ------
        ConnectionError
            If the server does not answer.
        OSError, ValueError
            If that cannot be told.
        """
        looked = self._look(url, url, identify=identify)
        if looked.state != "missing":
            return looked
        for name in _OF_ZARR:
            place, mark, query = url.partition("?")
            of_zarr = self._look(f"{place.rstrip('/')}/{name}{mark}{query}", url, identify=identify)
            if of_zarr.state == "there":
                return of_zarr
        return looked

    def content(self, url: str, each: Each) -> str:
        """Return the digest of a file, all of which is read; see `analysis_jobs.documents.InputContent`.

        Raises
        ------
        ConnectionError
            If the server does not answer, or not to the end.
        OSError, ValueError
            If it cannot be read; no server tells what is in a folder.
        """
        return file_content(asked_again(self._sha256)(url))

    def _sha256(self, url: str) -> str:
        from urllib3.exceptions import HTTPError

        digest = hashlib.sha256()
        try:
            with self._answer("GET", url) as answer:
                if answer.status in _BUSY:
                    raise ConnectionError(f"HTTP {answer.status}")
                if answer.status != 200:
                    raise OSError(f"HTTP {answer.status}")
                for block in answer.stream(_BLOCK, decode_content=False):
                    digest.update(block)
        except HTTPError as error:
            raise ConnectionError(type(error).__name__) from None
        return digest.hexdigest()

    def _look(self, url: str, asked: str, *, identify: bool) -> Looked:
        try:
            answer = asked_again(self._asked)(url)
        except NoSuchHost as error:
            return Looked("missing", str(error))
        if answer.status in _MISSING:
            return Looked("missing", f"HTTP {answer.status}")
        if answer.status in _NO_RIGHTS:
            return Looked("no rights", f"HTTP {answer.status}")
        if answer.status not in (200, 206):
            return Looked("cannot tell", f"HTTP {answer.status}")
        return Looked("there", identity=_identity(answer, asked) if identify else None)

    def _asked(self, url: str) -> "BaseHTTPResponse":
        answer = self._answer("HEAD", url)
        if answer.status in _ASK_OTHERWISE:
            answer = self._answer("GET", url, Range="bytes=0-0")
            answer.close()  # it may be all of the file that comes
        if answer.status in _BUSY:
            raise ConnectionError(f"HTTP {answer.status}")
        return answer

    def _answer(self, method: str, url: str, **headers: str) -> "BaseHTTPResponse":
        from urllib3.exceptions import HTTPError, LocationValueError
        from urllib3.util import make_headers, parse_url

        try:
            login = make_headers(basic_auth=parse_url(url).auth)
            whole = method == "HEAD"  # or the connection could not be used again
            return self._pool.request(method, url, headers={**login, **headers}, preload_content=whole)
        except LocationValueError:
            raise ValueError("it is not a URL") from None
        except HTTPError as error:
            reason = getattr(error, "reason", None) or error
            cause = getattr(reason, "__cause__", None)
            if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
                raise NoSuchHost("no machine has this name") from None
            if type(reason).__name__ == "SSLError":
                raise OSError(f"its certificate is not trusted ({reason})") from None
            raise ConnectionError(type(reason).__name__) from None


def _identity(answer: "BaseHTTPResponse", url: str) -> InputIdentity | None:
    """Return what a server says of a file; None where it says nothing by which that is known again."""
    said = answer.headers
    size = said.get("Content-Range", "").rpartition("/")[2] or said.get("Content-Length", "")
    if not size.isdigit():
        return None
    identity: InputIdentity = {"location": open_address(url), "size": int(size)}
    if etag := said.get("ETag"):
        identity["etag"] = etag.removeprefix("W/").strip('"')
    if modified := said.get("Last-Modified"):
        identity["modified"] = modified
    return identity
