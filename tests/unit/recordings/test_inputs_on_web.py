"""Inputs on web servers: there or not, what they are, and what is in them."""

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.files import FileServer, serving
from support.samples import write_files
from urllib3 import BaseHTTPResponse

from analysis_jobs.recordings.inputs_on_web import InputsOnWeb
from analysis_jobs.recordings.looked import Looked


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    write_files(tmp_path / "data", {"a.nwb": "12345", "z.zarr/.zmetadata": "{}", "z.zarr/a/0.0": "chunk"})
    os.utime(tmp_path / "data" / "a.nwb", (0, 1_767_323_045))
    os.utime(tmp_path / "data" / "z.zarr" / ".zmetadata", (0, 1_767_323_045))
    with serving(tmp_path / "data") as server:
        server.lists_folders = False
        yield server


def look(url: str, *, identify: bool = True) -> Looked:
    return InputsOnWeb(1).look(url, identify=identify)


def test_a_file(files: FileServer) -> None:
    url = f"{files.url}/a.nwb"
    about = {"location": url, "size": 5, "modified": "Fri, 02 Jan 2026 03:04:05 GMT"}
    assert look(url) == Looked("there", identity=about)  # type: ignore[arg-type]
    assert look(url, identify=False) == Looked("there")
    assert files.bytes_sent == 0


@pytest.mark.parametrize("status", [403, 405, 501])
def test_who_says_nothing_of_a_file_is_asked_for_its_first_byte(files: FileServer, status: int) -> None:
    files.refuses_heads = status
    looked = look(f"{files.url}/a.nwb")
    assert looked.identity and looked.identity["size"] == 5
    assert files.bytes_sent == 1


def test_a_zarr_store_is_seen_by_its_document(files: FileServer) -> None:
    looked = look(f"{files.url}/z.zarr")
    assert looked.identity == {
        "location": f"{files.url}/z.zarr",
        "size": 2,
        "modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [(404, "missing"), (410, "missing"), (401, "no rights"), (403, "no rights"), (500, "cannot tell")],
)
def test_answers_are_told_apart(files: FileServer, status: int, state: str) -> None:
    files.refuses = status
    assert look(f"{files.url}/a.nwb") == Looked(state, f"HTTP {status}")  # type: ignore[arg-type]


def test_a_server_that_is_not_available(files: FileServer) -> None:
    files.refuses = 503
    with pytest.raises(ConnectionError, match="HTTP 503"):
        look(f"{files.url}/a.nwb")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionError, match="NewConnectionError"):
        look(f"http://127.0.0.1:{port}/a.nwb")


def test_a_host_that_nobody_knows_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert look("https://misspelt.example/a.nwb") == Looked("missing", "no machine has this name")


def test_what_opens_a_location_is_not_part_of_what_is_recorded(files: FileServer) -> None:
    url = f"{files.url}/a.nwb?token=secret".replace("http://", "http://me:secret@")
    looked = look(url)
    assert looked.identity and looked.identity["location"] == f"{files.url}/a.nwb"


def test_the_content(files: FileServer) -> None:
    web = InputsOnWeb(1)
    assert web.content(f"{files.url}/a.nwb", map) == f"sha256:{hashlib.sha256(b'12345').hexdigest()}"
    with pytest.raises(OSError, match="HTTP 404"):
        web.content(f"{files.url}/z.zarr", map)
    files.refuses = 500
    with pytest.raises(OSError, match="HTTP 500") as refused:
        web.content(f"{files.url}/a.nwb", map)
    assert not isinstance(refused.value, ConnectionError)


def test_the_content_of_who_is_busy_is_asked_for_again(files: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    files.refuses, asked = 503, []
    answer = InputsOnWeb._answer

    def count(web: InputsOnWeb, method: str, url: str) -> BaseHTTPResponse:
        asked.append(url)
        files.refuses = None if len(asked) == 2 else 503
        return answer(web, method, url)

    monkeypatch.setattr(InputsOnWeb, "_answer", count)
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "60")
    assert InputsOnWeb(1).content(f"{files.url}/a.nwb", map) == f"sha256:{hashlib.sha256(b'12345').hexdigest()}"
    monkeypatch.setenv("ANALYSIS_RETRY_SECONDS", "0.2")
    with pytest.raises(ConnectionError, match="HTTP 503"):
        InputsOnWeb(1).content(f"{files.url}/a.nwb", map)
