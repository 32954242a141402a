"""Folders where assets are: what lies in them, on this machine and in S3."""

import os
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.samples import write_files

from analysis_jobs.dispatch.folders import LocalFolders, Places, S3Folders

NAMES = ["a/1.nwb", "a/deep/2.nwb", "b.txt"]


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.slow)])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "local":
        return str(write_files(tmp_path / "tree", dict.fromkeys(NAMES, "")))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.make_bucket(f"folders-{os.urandom(6).hex()}")
    for name in [*NAMES, "a/"]:  # a folder may have an object of its own
        s3.client().put_object(Bucket=bucket, Key=f"tree/{name}", Body=b"")
    return f"s3://{bucket}/tree"


def test_what_is_there(root: str) -> None:
    folders, path = Places().folders(root)
    assert folders.location(f"{path}/a") == f"{root}/a"
    assert [folders.exists(f"{path}/{name}") for name in ("a", "a/1.nwb", "none", "a/1")] == [True, True, False, False]


def test_what_lies_in_a_folder(root: str) -> None:
    folders, path = Places().folders(root)
    assert sorted(folders.entries(path)) == [("a", True), ("b.txt", False)]
    assert sorted(folders.entries(f"{path}/a")) == [("1.nwb", False), ("deep", True)]


def test_what_lies_below_it(root: str) -> None:
    folders, path = Places().folders(root)
    assert sorted(folders.everything(f"{path}/a")) == [[], ["1.nwb"], ["deep"], ["deep", "2.nwb"]]
    assert list(folders.everything(f"{path}/none")) == []


def test_each_location_has_its_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders, path = Places().folders("a/b")
    assert isinstance(folders, LocalFolders)
    assert folders.location(path) == Places().folders(f"file://{tmp_path}/a/b")[0].location(path) == f"{tmp_path}/a/b"
    with pytest.raises(ValueError, match="Protocol not known: odd"):
        Places().folders("odd://x")


def test_a_bucket_is_opened_once(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    places = Places()
    (one, path), (other, _) = (places.folders(f"s3://public/{name}") for name in ("x/y", "z"))
    assert isinstance(one, S3Folders)
    assert (path, one is other) == ("x/y", True)
