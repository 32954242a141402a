"""The database behind the API: it ends and leaves nothing, and says what it lacks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from fakes import mongo
from fakes.docdb import DocDBServer
from fakes.mongo import Mongo, UnavailableError


def test_docdb_ends_and_leaves_nothing() -> None:
    with DocDBServer() as server:
        folder, process, host = server._folder, server._mongo._server.process, server.host
    assert process.poll() is not None
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"https://{host}", timeout=5, verify=False)


@pytest.mark.parametrize(
    ("missing", "start"), [("java", lambda folder: Mongo(folder)), ("mvn", lambda _: mongo.jars())]
)
def test_docdb_names_the_program_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, start: Callable[[Path], Any]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(mongo, "JARS", tmp_path / "jars")
    with pytest.raises(UnavailableError, match=f"`{missing}` is not on PATH"):
        start(tmp_path)
