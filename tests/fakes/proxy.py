"""A proxy that counts what passes through it and can let it fail; of S3, or of any other TCP server."""

import asyncio
import contextlib
import re
import socket
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator

from .processes import free_ports

_CHUNK = 64 * 1024
_MAX_HEAD = 1024**2
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_ERROR = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
_SLOW_DOWN = b"HTTP/1.1 %d Slow Down\r\nContent-Type: text/xml\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


class _CutError(Exception):
    """This connection ends here."""


class Proxy:
    """Leads from `host` to a target, ``http://HOST:PORT``, or ``HOST:PORT`` if it does not speak HTTP.

    Attributes
    ----------
    url, host
        Where it listens.
    sent, received
        Bytes that have passed to the target and from it.
    connections, requests
        How many there were; requests only of HTTP.
    refused
        Requests that `slow_down_every` has refused.
    most_at_a_time
        Of requests of HTTP, that had no answer yet.
    round_trips
        How often an answer has begun after something was sent: so often a client has waited.
    """

    def __init__(self, target: str) -> None:
        self._is_http = target.startswith("http://")
        name, _, port = target.removeprefix("http://").partition(":")
        self._target = (name, int(port))
        self.clear()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        # By its number, or Linux gives it away when the socket does not listen any more
        self._socket = socket.create_server(("127.0.0.1", *free_ports(1)))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self.accept()

    def drop(self, connections: int = 1) -> None:
        """Close the next connections as soon as they are made."""
        self._drops = connections

    def cut_after(self, size: int | None) -> None:
        """Cut every connection once this many bytes have passed, in both directions together; None stops that."""
        self._cut = size

    def delay(self, seconds: float) -> None:
        """Let each answer begin so much later, as from far away; what belongs to it follows at once."""
        self._late = seconds

    def refuse(self) -> None:
        """Be as a server that was stopped: cut every connection and refuse new ones, until `accept`."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._socket.shutdown(socket.SHUT_RDWR)  # the port stays ours

    def accept(self) -> None:
        """Be there again, on the same port."""
        starting = asyncio.start_server(self._connected, sock=self._socket.dup(), limit=_MAX_HEAD)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)

    def slow_down(self, requests: int = 1) -> None:
        """Answer the next requests as S3 does when there are too many."""
        if not self._is_http:
            raise ValueError("only a proxy of HTTP knows what a request is: give it a target http://HOST:PORT")
        self._slow_downs = requests

    def slow_down_every(self, requests: int, *statuses: int) -> None:
        """Answer one of so many requests with these statuses in turn, as if there were too many, until `clear`."""
        self._now_and_then = (requests, statuses)

    def _asked(self, connection: int) -> None:
        self.requests += 1
        self._asking.add(connection)
        self.most_at_a_time = max(self.most_at_a_time, len(self._asking))

    def _refusal(self) -> int | None:
        """Return with which status a request is refused that has just been counted, if it is."""
        if self._slow_downs:
            self._slow_downs -= 1
            return 503
        every, statuses = self._now_and_then
        turn, rest = divmod(self.requests, every) if every else (0, 1)
        self.refused += not rest
        return None if rest else statuses[turn % len(statuses)]

    @property
    def pending(self) -> int:
        """How many connections and requests are still to go wrong."""
        return self._drops + self._slow_downs

    def clear(self) -> None:
        """Let nothing fail any more, and count from 0."""
        self.sent = self.received = self.connections = self.requests = self.round_trips = 0
        self._late = 0.0
        self._drops = self._slow_downs = self.refused = self.most_at_a_time = 0
        self._asking: set[int] = set()  # connections, whose requests have no answer
        self._now_and_then: tuple[int, tuple[int, ...]] = (0, ())
        self._cut: int | None = None

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._socket.close()

    async def _stop(self) -> None:
        self._server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _connected(self, from_client: StreamReader, to_client: StreamWriter) -> None:
        self.connections += 1
        if self._drops:
            self._drops -= 1
            to_client.transport.abort()
            return
        with _closing(to_client), contextlib.suppress(OSError, asyncio.CancelledError):
            from_target, to_target = await asyncio.open_connection(*self._target)
            with _closing(to_target):
                await _Connection(self, from_client, to_client, from_target, to_target).run()


class _Connection:
    """One connection of a client, and the one to the target that was made for it."""

    def __init__(
        self,
        proxy: Proxy,
        from_client: StreamReader,
        to_client: StreamWriter,
        from_target: StreamReader,
        to_target: StreamWriter,
    ) -> None:
        self.proxy, self.passed, self.is_asked = proxy, 0, False
        self.from_client, self.to_client = from_client, to_client
        self.from_target, self.to_target = from_target, to_target

    async def run(self) -> None:
        """Pass on what comes, until one side ends."""
        ways = {asyncio.ensure_future(way) for way in (self._up(), self._down())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self.proxy._asking.discard(id(self))
            await asyncio.gather(*ways, return_exceptions=True)

    async def _down(self) -> None:
        while chunk := await self.from_target.read(_CHUNK):
            self.proxy._asking.discard(id(self))
            await self._pass(chunk, self.to_client)

    async def _up(self) -> None:
        if self.proxy._is_http:
            while (left := await self._request()) is not None:
                await self._body(left)
        while chunk := await self.from_client.read(_CHUNK):
            await self._pass(chunk, self.to_target)

    async def _request(self) -> int | None:
        """Pass on the head of a request; return the size of its body, or None where that is not said in the head."""
        head = await self.from_client.readuntil(b"\r\n\r\n")
        self.proxy._asked(id(self))
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if status := self.proxy._refusal():
            await self._slow_down(status, head, size)
        await self._pass(head, self.to_target)
        return None if b"transfer-encoding" in head.lower() else size

    async def _body(self, left: int) -> None:
        while left:
            chunk = await self.from_client.read(min(left, _CHUNK))
            if not chunk:
                raise _CutError
            left -= len(chunk)
            await self._pass(chunk, self.to_target)

    async def _slow_down(self, status: int, head: bytes, size: int) -> None:
        if b"100-continue" not in head.lower():  # a client that does not wait for leave is heard to its end
            await self.from_client.readexactly(size)
        body = b"" if head.startswith(b"HEAD ") else _ERROR
        self.to_client.write(_SLOW_DOWN % (status, len(_ERROR)) + body)
        await self.to_client.drain()
        raise _CutError

    async def _pass(self, chunk: bytes, to: StreamWriter) -> None:
        cut = self.proxy._cut
        allowed = chunk if cut is None else chunk[: max(cut - self.passed, 0)]
        self.passed += len(allowed)
        await self._turned(to)
        if to is self.to_client:  # counted before it arrives, since whoever gets it may look at once
            self.proxy.received += len(allowed)
        else:
            self.proxy.sent += len(allowed)
        to.write(allowed)
        await to.drain()
        if len(allowed) < len(chunk):
            raise _CutError

    async def _turned(self, to: StreamWriter) -> None:
        """Count where the target begins to answer, and let that be late."""
        was_asked, self.is_asked = self.is_asked, to is self.to_target
        if was_asked and not self.is_asked:
            self.proxy.round_trips += 1
            await asyncio.sleep(self.proxy._late)


@contextlib.contextmanager
def _closing(writer: StreamWriter) -> Iterator[None]:
    try:
        yield
    finally:
        writer.close()
