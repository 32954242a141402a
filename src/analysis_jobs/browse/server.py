"""Serving the pages on this machine, and having a browser open them."""

import os
import secrets
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from html import escape
from pathlib import Path
from threading import Thread

import uvicorn

from analysis_jobs.browse.app import application
from analysis_jobs.browse.catalog import Reading
from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.gate import names_of
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

FIRST_PORT = 8765
_PORTS_TRIED = 20


def listening(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens at a host: at that port, or at the first that is free.

    Raises
    ------
    InvalidInput
        If the port is taken, or the host is none of this machine.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InvalidInput(f"--host is {shown(host)}, which is not a name of this machine: {error.strerror}") from None
    for number in (port,) if port is not None else (*range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED), 0):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address[0], number, *address[2:]))
            listener.listen()
            return listener
        except OSError as error:
            listener.close()
            if number == port or isinstance(error, PermissionError):
                raise InvalidInput(
                    f"port {number} of {host} cannot be used: {error.strerror}; give --port another number, or leave "
                    "it out"
                ) from None
            why = error.strerror
    raise InvalidInput(f"--host is {shown(host)}, where nothing can be served: {why}; leave it out for this machine")


def serve_pages(
    desk: Desk, listener: socket.socket, host: str, ready: Callable[[str], None], *, open_browser: bool
) -> None:
    """Serve the pages until Ctrl-C.

    Parameters
    ----------
    desk, listener, host
        See `serving`.
    ready
        Called with the address, which holds the token, when it can be opened.
    open_browser
        Whether to open it, too.

    Raises
    ------
    InvalidInput, ServiceUnavailable
        If the jobs cannot be read, which goes on meanwhile; pages wait for it.
    """
    server, address = serving(desk, listener, host)
    ready(address)
    reading = desk.catalog.reading

    def end_if_it_failed(read: Future[Reading]) -> None:
        server.should_exit |= read.exception() is not None

    reading.add_done_callback(end_if_it_failed)
    opening = opened_in_browser(address) if open_browser else nullcontext()
    with opening, suppress(KeyboardInterrupt):  # which uvicorn raises again when it has ended
        server.run(sockets=[listener])
    desk.catalog.close()
    if reading.done():
        reading.result()


def serving(desk: Desk, listener: socket.socket, host: str) -> tuple[uvicorn.Server, str]:
    """Return a server that is to be run, and the address that it will have, with its token.

    Parameters
    ----------
    desk
        What is behind the pages.
    listener
        See `listening`.
    host
        As the user named it.
    """
    port, token = listener.getsockname()[1], secrets.token_hex(24)
    app = application(desk, token, names_of(host), f"analysis-jobs-{port}")
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # the address may have the token in it
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config), f"http://{_address(host)}:{port}/?token={token}"


def _address(host: str) -> str:
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
    return f"[{name}]" if ":" in name else name


@contextmanager
def opened_in_browser(address: str) -> Iterator[None]:
    """Have a browser open an address, where there is one with a window.

    The browser is given a file that leads there, which only this user can read: others see the arguments of programs.
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="analysis-jobs-browse-") as folder:
        page = Path(folder, "open.html")
        page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(address)}">')
        Thread(target=_open, args=[page.as_uri()], daemon=True).start()
        yield


def _open(uri: str) -> None:
    with suppress(webbrowser.Error):
        webbrowser.open(uri)
