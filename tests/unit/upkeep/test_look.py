"""What is said of the folder of one key."""

import json
import os
from pathlib import Path

import pytest
from support.upkeep import World

from analysis_jobs.bucket.local import LocalBucket


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "sub/two.txt is missing"), (b"333", "has 3 bytes, its manifest says 2"), (b"33", "has another SHA-256")],
    ids=["missing", "size", "content"],
)
def test_a_damaged_file(world: World, content: bytes | None, said: str) -> None:
    name = world.inside("second", "sub/two.txt")
    world.files.remove(name) if content is None else world.files.write(name, content)
    (found,) = world.fsck()
    assert found.detail.startswith("of 3 files: ")
    assert said in found.detail
    assert found.remedy == "--repair sets the record aside, and the next launch runs the job again"
    assert len(world.fsck(checksums=False)) == (content != b"33")


def test_the_first_of_many_damaged_files_are_named(world: World) -> None:
    manifest = json.loads(world.files.read(f"{world.keys['second']}/manifest.json"))
    manifest["files"] += [{"path": f"{number}", "size": 1, "sha256": "0" * 64} for number in range(10)]
    world.files.write(f"{world.keys['second']}/manifest.json", json.dumps(manifest).encode())
    (found,) = world.fsck()
    assert found.detail.startswith("of 13 files: ")
    assert found.detail.endswith(" and 7 more")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("name", ["one.txt", "manifest.json"])
def test_what_cannot_be_read_is_not_taken_for_damaged(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As the files of another user: they may be whole, so nothing is done to them."""
    victim = Path(world.files.url) / world.inside("second", name)

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path == victim:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    (found,) = world.fsck(repair=True)
    assert (found.kind, found.repaired) == ("unreadable file", False)
    assert "Permission denied" in found.detail
    assert world.record("second")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_folder_that_cannot_be_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are not taken for missing, and the others are looked at."""
    scan = os.scandir

    def refuse(path: object) -> object:
        if str(path).endswith(f"{world.keys['second']}/sub"):
            raise PermissionError(13, "Permission denied")
        return scan(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refuse)
    (found,) = world.fsck(repair=True)
    assert (found.key, found.kind, found.repairable) == (world.keys["second"], "unreadable file", False)
    assert found.detail == "its folder cannot be listed (Permission denied)"
    assert world.looked.results == 2


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("target", ["nowhere", "itself"])
def test_links_that_lead_nowhere_are_no_damage(world: World, target: str) -> None:
    Path(world.files.url, world.keys["second"], "itself").symlink_to(target)
    Path(world.files.url, "itself").symlink_to(target)
    assert world.fsck(repair=True) == []


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_live_writer_that_renames_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is gone between two looks at it is no damage."""
    listing = LocalBucket.files
    world.files.write(f".arriving/{'b' * 64}/x", b"x")

    def files(bucket: LocalBucket, key: str) -> object:
        found = listing(bucket, key)
        if key == "b" * 64:
            (bucket.folder / ".arriving" / key).rename(bucket.folder / f"{key}.gone")
        return found

    monkeypatch.setattr(LocalBucket, "files", files)
    assert world.fsck() == []


def test_a_manifest_that_names_a_place_of_its_own(world: World) -> None:
    """What it says is never gone along."""
    key = world.keys["second"]
    manifest = json.loads(world.files.read(f"{key}/manifest.json"))
    world.files.write(f"{key}/manifest.json", json.dumps({**manifest, "key": "../../etc"}).encode())
    (found,) = world.fsck()
    assert (found.key, found.kind) == (key, "damaged manifest")
    assert [damage.repaired for damage in world.fsck(repair=True)] == [True]
    assert set(world.launch("another launch").values()) == {"done"}
    assert world.fsck() == []
