"""Who is let in: only those who have the token, only by a name of this machine, and only to read."""

import ipaddress
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Scripts, styles and pictures of ours alone; no page elsewhere may show this one, or be told where somebody came from.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
NO_TOKEN = "This page needs the token of `analysis-jobs browse`: open the address that it has printed.\n"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SCHEMES = ("bearer", "token")


class Gate:
    """What stands before the application; see `HEADERS` for what every answer says."""

    def __init__(self, app: ASGIApp, token: str, names: Iterable[str], cookie: str) -> None:
        """Take the token, the names by which this machine may be asked, and what the cookie is called."""
        self._app, self._token, self._cookie = app, token, cookie
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            return  # there are no web sockets here

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request that is not handed on."""
        if not self._is_ours(request.headers.get("host", "")):
            # A page elsewhere may have its own name lead to this machine; the browser then says that name.
            return PlainTextResponse("This is not a name of this machine: open the address that was printed.\n", 403)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Nothing can be changed here.\n", 405, {"allow": "GET, HEAD"})
        given = request.query_params.get("token")
        if given is not None and self._is_token(given):
            return self._welcome(request)
        if self._is_token(request.cookies.get(self._cookie, "")) or self._is_token(_authorized(request)):
            return None
        return PlainTextResponse(NO_TOKEN, 403)

    def _welcome(self, request: Request) -> Response:
        """Put the token into a cookie, and lead to the same address without it, so that it can be shared and kept."""
        rest = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != "token"])
        # Without its host: `//elsewhere` would be another
        path = "/" + request.url.path.lstrip("/\\")
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        # Lax, so that a link in a mail works; nothing can be changed by one.
        answer.set_cookie(self._cookie, self._token, httponly=True, samesite="lax")
        return answer

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(errors="replace"), self._token.encode())

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        return name.strip("[]").lower() in self._names


def names_of(host: str) -> set[str]:
    """Return by which names a machine may be asked that listens at a host: its own, and its addresses."""
    names = {*_LOOPBACK, host}
    if host in _LOOPBACK:
        return names
    own = {socket.gethostname(), socket.getfqdn()}
    return names | own | {address for name in own for address in _addresses(name)} | _local_addresses()


def _addresses(name: str) -> list[str]:
    try:
        return [str(address[0]) for *_, address in socket.getaddrinfo(name, None)]
    except OSError:
        return []


def _local_addresses() -> set[str]:
    """Return the address by which this machine reaches others, where it has one; nothing is sent for that."""
    found = set()
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.add(str(ipaddress.ip_address(probe.getsockname()[0])))
        except OSError:
            continue
    return found


def _authorized(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in _SCHEMES else ""
