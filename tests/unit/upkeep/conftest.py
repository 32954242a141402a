"""Three jobs that are done, in a folder or S3, recorded in either store."""

import hashlib
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.samples import Connect
from support.upkeep import Files, FolderFiles, S3Files, World


@pytest.fixture(params=["disk", pytest.param("S3", marks=pytest.mark.slow)])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    if request.param == "disk":
        return FolderFiles(tmp_path / "analyses")
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return S3Files(s3, f"fsck-{hashlib.sha1(str(tmp_path).encode()).hexdigest()}")


@pytest.fixture
def world(files: Files, connect: Connect, tmp_path: Path) -> World:
    world = World(tmp_path, files, connect)
    assert set(world.launch().values()) == {"done"}
    return world
