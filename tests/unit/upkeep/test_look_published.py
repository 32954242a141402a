"""What is said of a published result, by its manifest and its record."""

import json
from pathlib import Path

import pytest
from support.upkeep import World


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "sub/two.txt is missing"), (b"333", "has 3 bytes, its manifest says 2"), (b"33", "has another SHA-256")],
    ids=["missing", "size", "content"],
)
def test_a_damaged_file(world: World, content: bytes | None, said: str) -> None:
    name = world.inside("second", "sub/two.txt")
    world.files.remove(name) if content is None else world.files.write(name, content)
    (found,) = world.fsck()
    assert found.detail.startswith("1 of 3 files: ")
    assert said in found.detail
    assert found.remedy == "--repair sets the record aside, and the next launch runs the job again"
    assert len(world.fsck(checksums=False)) == (content != b"33")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_the_first_of_many_damaged_files_are_named(world: World) -> None:
    manifest = json.loads(world.files.read(f"{world.keys['second']}/manifest.json"))
    manifest["files"] += [{"path": f"{number}", "size": 1, "sha256": "0" * 64} for number in range(10)]
    world.files.write(f"{world.keys['second']}/manifest.json", json.dumps(manifest).encode())
    (found,) = world.fsck()
    assert found.detail.startswith("10 of 13 files: ")
    assert found.detail.endswith(" and 7 more")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("name", ["one.txt", "metadata.nd.json", "manifest.json", ""])
def test_a_link_among_what_is_published(world: World, name: str) -> None:
    """Whatever it leads to, and however that is today."""
    victim = Path(world.files.url) / world.keys["second"] / name
    elsewhere = victim.rename(world.folder / "elsewhere")
    victim.symlink_to(elsewhere)
    (found,) = world.fsck(repair=True)
    assert (found.kind, found.repaired) == ("link", False)
    assert found.detail == f"{name or 'its folder'} is a link to {elsewhere}"
    assert victim.is_symlink()
    victim.unlink()
    elsewhere.rename(victim)
    assert world.fsck() == []


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_folder_of_results_that_became_a_link(world: World) -> None:
    victim = Path(world.files.url) / world.keys["second"] / "sub"
    victim.symlink_to(victim.rename(world.folder / "elsewhere"))
    assert {one.kind for one in world.fsck()} == {"link", "damaged file"}
