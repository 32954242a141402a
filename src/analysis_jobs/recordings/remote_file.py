"""Read parts of a file over HTTP or in S3, as h5py asks for them.

Not through fsspec, which fetches in a thread of its own: h5py holds a global lock while it reads, and if the
garbage collector comes upon an h5py object in that thread, both wait for each other for ever (h5py/h5py#2019;
it happened in the tests of this package). Everything here happens in the thread that reads.

The bytes come by urllib3, from web servers as from S3, where obstore gives each request its address and signature. Its
own reads wait for threads, which a forked process has not: a worker of `multiprocessing` would hang for ever at its
first recording. And its HTTPStore does not send the login that a URL has, and takes nothing from a server that knows no
ranges, not even a small file.

Imports within functions are for a quick start.
"""

import io
import logging
import os
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from analysis_jobs.aws.s3 import code_in, open_s3, signed_url
from analysis_jobs.recordings.traffic import count_fetched
from analysis_jobs.retries import patience, timed
from analysis_jobs.wording import size_text

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3 import BaseHTTPResponse, PoolManager

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)

# HDF5 metadata lie scattered: larger blocks mean fewer requests, smaller ones fewer bytes that nobody needs.
BLOCK = 2**20
BLOCKS_KEPT = 64
# Of data, the most in one request: it is twice in memory, and what broke off is fetched again.
LARGEST = 64 * BLOCK
_LONGEST_REASON = 2**16
_NAMES = {"NewConnectionError": "EndpointConnectionError"}  # as boto3 calls it that nobody takes a connection

# Takes a start and a stop; returns these bytes, fewer at the end of the file, and the size of the file.
Fetch = Callable[[int, int], tuple[bytes, int]]
# Says why an answer refuses.
Reason = Callable[["BaseHTTPResponse"], str]


class BrokenOff(ConnectionError):
    """An answer that did not come to its end."""


class RemoteFile(io.RawIOBase):
    """A file that is fetched in blocks, of which the latest are kept."""

    def __init__(self, fetch: Fetch, name: str) -> None:
        """Fetch the first block, and with it the size; `name` is for messages.

        A server that does not answer now may be a slip in the URL; one that has answered is waited for.
        """
        self._first = b""
        # Before the first request: of what could not be opened, Python calls `close` as well.
        self._block = lru_cache(BLOCKS_KEPT)(
            lambda number: self._fetch(number * BLOCK, (number + 1) * BLOCK) if number else self._first
        )
        with timed(log.debug, f"open {name}") as came:
            self._first, self._size = asked_again(fetch, BrokenOff)(0, BLOCK)
            came.append(size_text(self._size))
        count_fetched(len(self._first))
        self._again, self._name = asked_again(fetch, ConnectionError), name
        self._position = 0

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(self._size - self._position, 0))
        done = 0
        while done < wanted:
            part = self._part(wanted - done)
            view[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
        return done

    def _part(self, size: int) -> bytes:
        if size > BLOCK:  # data, not metadata: one request, and not kept
            part = self._fetch(self._position, self._position + min(size, LARGEST))
        else:
            number, offset = divmod(self._position, BLOCK)
            part = self._block(number)[offset : offset + size]
        if not part:
            raise OSError(f"the file ended at byte {self._position} of {self._size}: it has changed; try again")
        return part

    def _fetch(self, start: int, stop: int) -> bytes:
        try:
            with timed(log.debug, f"{size_text(stop - start)} of {self._name} from byte {start} on"):
                part = self._again(start, stop)[0]
        except ConnectionError as error:
            raise ConnectionError(f"{self._name} can no longer be reached ({error}); try again later") from None
        count_fetched(len(part))
        return part

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position; see `io.IOBase.seek`."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Forget the blocks."""
        self._block.cache_clear()
        super().close()


def open_remote(url: str, anonymous: bool) -> RemoteFile:
    """Open a file for reading.

    Parameters
    ----------
    url
        An ``http://``, ``https://`` or ``s3://`` URL.
    anonymous
        Send S3 requests unsigned.

    Raises
    ------
    FileNotFoundError, PermissionError, ConnectionError, OSError
        Their texts hold a status or code, and no part of the URL.
    analysis_jobs.aws.credentials.CredentialsError
        If there are no credentials for S3, or they cannot be used.
    analysis_jobs.aws.s3.NoSuchName
        If no bucket can have the name.
    """
    return RemoteFile(_from_s3(url, anonymous) if url.startswith("s3:") else _from_http(url), shown_location(url))


def shown_location(location: str) -> str:
    """Return a path or URL as messages show it: without user, password or signature."""
    if "://" in location:
        location = re.sub(r"//[^/@]*@", "//", location.partition("?")[0])
    return repr(location)


def asked_again(
    call: Callable[_Given, _Answer], on: type[ConnectionError] = ConnectionError
) -> Callable[_Given, _Answer]:
    """Return what calls again after passing trouble, beyond what the libraries do: they never read on."""
    from stamina import retry

    return retry(on=on, attempts=None, timeout=patience(), wait_max=10.0)(call)


def _from_http(url: str) -> Fetch:
    from urllib3.util import make_headers, parse_url

    login = make_headers(basic_auth=parse_url(url).auth)
    return _fetching(web_pool(), lambda: url, login, lambda answer: f"HTTP {answer.status}")


def _from_s3(url: str, anonymous: bool) -> Fetch:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not key:
        raise FileNotFoundError("only a bucket")
    address = partial(signed_url, open_s3(bucket, anonymous=anonymous), key)
    return _fetching(web_pool(_proxy(address())), address, {}, _s3_reason)


def _s3_reason(answer: "BaseHTTPResponse") -> str:
    return code_in(answer.read(_LONGEST_REASON).decode(errors="replace")) or f"HTTP {answer.status}"


def web_pool(proxy: str | None = None, connections: int = 1) -> "PoolManager":
    """Return what asks web servers: again where that may help, and with so many connections to each of them."""
    from urllib3 import PoolManager, ProxyManager, Retry
    from urllib3.util import make_headers, parse_url

    retries = Retry(3, backoff_factor=0.1, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
    if not proxy:
        return PoolManager(maxsize=connections, retries=retries, timeout=60)
    login = make_headers(proxy_basic_auth=parse_url(proxy).auth)
    return ProxyManager(proxy, proxy_headers=login, retries=retries, timeout=60)


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for a URL, as all that goes to AWS heeds it."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    place = urlsplit(url)
    proxy = None if proxy_bypass(place.netloc) else getproxies().get(place.scheme)
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _fetching(pool: "PoolManager", address: Callable[[], str], headers: dict[str, str], reason: Reason) -> Fetch:
    """Return what fetches from an address, which is asked for each time, and says why that is refused."""
    from urllib3.exceptions import HTTPError

    def fetch(start: int, stop: int) -> tuple[bytes, int]:
        wanted = {**headers, "Range": f"bytes={start}-{stop - 1}"}
        try:
            answer = pool.request("GET", address(), headers=wanted, preload_content=False)
        except HTTPError as error:
            name = type(getattr(error, "reason", None) or error).__name__
            raise ConnectionError(_NAMES.get(name, name)) from None
        with answer:
            try:
                return _part_of(answer, start, stop, reason)
            except HTTPError as error:
                raise BrokenOff(type(error).__name__) from None

    return fetch


def _part_of(answer: "BaseHTTPResponse", start: int, stop: int, reason: Reason) -> tuple[bytes, int]:
    if answer.status == 206:
        return answer.read(decode_content=False), int(answer.headers["Content-Range"].rpartition("/")[2])
    if answer.status == 200 and start == 0:  # the whole file, whatever was asked for
        head = answer.read(stop)
        return head, int(answer.headers.get("Content-Length", len(head)))
    if answer.status == 200:
        raise OSError("the server sends only whole files, no ranges of bytes; download it, and give its path")
    return _refused(answer.status, reason(answer))


def _refused(status: int, reason: str) -> tuple[bytes, int]:
    """Raise what a status means, or return the content of an empty file, of which no range can be had."""
    if status == 416:
        return b"", 0
    if status == 429 or status >= 500:
        raise ConnectionError(reason)
    kinds = {401: PermissionError, 403: PermissionError, 404: FileNotFoundError, 410: FileNotFoundError}
    raise kinds.get(status, OSError)(reason)
