"""What is said of the folder of one key."""

import json
import os
import shutil
from pathlib import Path

import pytest
from support.upkeep import World
from support.users import ALICE, commons, needs_users, user_name  # noqa: F401

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.fsck import fsck


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


@needs_users
@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("connect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["metadata.nd.json", "manifest.json", "one.txt", "sub", ""])
def test_what_is_of_another_user_is_named_and_the_others_are_looked_at(
    world: World,
    commons: Path,  # noqa: F811
    name: str,
) -> None:
    victim = _copied(world, commons) / world.keys["second"] / name
    victim.chmod(0)
    found = _as_alice(world)
    assert [(damage.key, damage.kind) for damage in found] == [(world.keys["second"], "unreadable file")]
    assert "Permission denied" in found[0].detail
    if name != "manifest.json":
        assert f"{victim} belongs to {user_name(0)}" in found[0].detail
    assert world.looked.results >= 2


@needs_users
@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("connect", ["sqlite"], indirect=True)
def test_a_bucket_of_another_user(world: World, commons: Path) -> None:  # noqa: F811
    _copied(world, commons).chmod(0)
    (found,) = _as_alice(world)
    assert (found.key, found.kind) == ("", "unreadable file")
    assert found.detail.startswith("the bucket cannot be listed (Permission denied: ")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_bucket_that_is_a_file(world: World) -> None:
    bucket = Path(world.files.url)
    bucket.rename(bucket.with_name("moved"))
    bucket.write_text("")
    (found,) = world.fsck(repair=True)
    assert found.detail == "the bucket cannot be listed (Not a directory)"
    assert len(list(world.connect().states())) == 3 and world.record("second")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_bucket_that_is_a_link_to_nothing(world: World) -> None:
    """As of a disk that is not mounted: no record is set aside for it."""
    bucket = Path(world.files.url)
    bucket.rename(bucket.with_name("moved"))
    bucket.symlink_to("unmounted")
    (found,) = world.fsck(repair=True)
    assert found.detail == "the bucket cannot be listed (it is a broken link)"
    assert world.record("second")


def _copied(world: World, folder: Path) -> Path:
    bucket = folder / "analyses"
    shutil.copytree(world.files.url, bucket)
    world.files.url = str(bucket)
    return bucket


def _as_alice(world: World) -> list[Damage]:
    """Return what fsck finds for another user, as whom this process is only meanwhile."""
    pair = world.pair
    world.looked = LookedAt(world.files.url)
    os.seteuid(ALICE)
    try:
        return [one for one in fsck(pair, world.looked, repair=True) if not one.harmless]
    finally:
        os.seteuid(0)
