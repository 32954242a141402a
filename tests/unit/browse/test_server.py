"""Listening, and having a browser open the address."""

import os
import socket
import stat
from pathlib import Path

import pytest

from analysis_jobs.browse import server
from analysis_jobs.browse.server import listening, opened_in_browser
from analysis_jobs.errors import InvalidInput


def test_the_first_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("127.0.0.1", 0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"
        monkeypatch.setattr(server, "FIRST_PORT", taken.getsockname()[1])
        with listening("127.0.0.1", None) as other:
            assert other.getsockname()[1] != taken.getsockname()[1]


def test_a_port_that_is_taken() -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        said = f"port {port} of 127.0.0.1 cannot be used: .*; give --port another number, or leave it out"
        with pytest.raises(InvalidInput, match=said):
            listening("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no.such.host.invalid", "--host is 'no.such.host.invalid', which is not a name of this machine"),
        ("192.0.2.7", "--host is '192.0.2.7', where nothing can be served"),
    ],
)
def test_hosts_that_are_not_ours(host: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        listening(host, None)


def test_a_browser_is_given_a_file_that_others_cannot_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The arguments of programs are seen by all users of a machine."""
    opened: list[tuple[str, str, int]] = []

    def open_uri(uri: str) -> None:
        path = Path(uri.removeprefix("file://"))
        opened.append((uri, path.read_text(), stat.S_IMODE(os.stat(path.parent).st_mode)))

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(server, "_open", open_uri)
    monkeypatch.setattr(server.Thread, "start", lambda thread: thread.run())
    with opened_in_browser("http://127.0.0.1:1/?token=s3cret"):
        ((uri, text, mode),) = opened
        assert "s3cret" not in uri
        assert 'url=http://127.0.0.1:1/?token=s3cret"' in text
        assert mode == 0o700
    assert not Path(uri.removeprefix("file://")).exists()


def test_without_a_window_none_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(server.sys, "platform", "linux")
    monkeypatch.setattr(server, "_open", lambda uri: pytest.fail("it was opened"))
    with opened_in_browser("http://127.0.0.1:1/"):
        pass


def test_addresses() -> None:
    assert server._address("127.0.0.1") == "127.0.0.1"
    assert server._address("::1") == "[::1]"
    assert server._address("0.0.0.0") == socket.gethostname()
