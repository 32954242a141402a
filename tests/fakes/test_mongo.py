"""The database behind the API: it ends and leaves nothing, and says what it lacks."""

from pathlib import Path

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


def test_without_a_java_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    none = tmp_path / "find-java"
    none.write_text("#!/bin/sh\necho Java is needed, but there is none >&2\nexit 1\n")
    none.chmod(0o755)
    monkeypatch.setattr(mongo, "FIND_JAVA", none)
    with pytest.raises(UnavailableError, match="Java is needed, but there is none"):
        Mongo(tmp_path)
