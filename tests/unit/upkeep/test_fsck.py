"""What fsck looks at, and what it says of records that are of other places."""

import shutil
from pathlib import Path

import pytest
from support.upkeep import FolderFiles, World

from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.upkeep.damage import LookedAt
from analysis_jobs.upkeep.fsck import fsck


def of_original(key: str, location: str) -> dict[str, object]:
    return {"_id": key, "location": location}


def of_ours(key: str, location: str) -> dict[str, object]:
    process = {"pipeline_name": PIPELINE_NAME, "code": {"parameters": {}}}
    return {"_id": key, "location": location, "processing": {"data_processes": [process]}}


def test_nothing_is_wrong(world: World) -> None:
    assert world.told() == []
    looked = world.looked
    assert (looked.records, looked.found, looked.results, looked.files) == (3, 3, 3, 9)
    assert looked.size == sum(len(world.files.read(name)) for name in world.files.names() if "json" not in name)
    assert not looked.problem


def test_damage_of_one_is_that_of_one_alone(world: World) -> None:
    """Those before and after it are looked at, and what is found is found at once."""
    world.files.write(f"{world.keys['first']}/manifest.json", b"[]")
    world.files.remove(world.inside("third", "sub/two.txt"))
    found = world.fsck()
    assert {(damage.key, damage.kind) for damage in found} == {
        (world.keys["first"], "damaged manifest"),
        (world.keys["third"], "damaged file"),
    }
    assert (world.looked.results, world.looked.records) == (2, 3)


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("there", ["", "empty", "other", "."])
def test_another_bucket(world: World, tmp_path: Path, there: str) -> None:
    """Nothing is opened again because it was looked for in the wrong place, and it is said that nothing was seen."""
    original = world.files.url
    world.files = FolderFiles(tmp_path / (there or "none"))
    before = sorted(tmp_path.rglob("*"))
    if there:
        world.files.folder.mkdir(exist_ok=True)
    if there == "other":
        world.files.write("notes.txt", b"mine")
    assert world.fsck(repair=True) == []
    assert str(world.looked).endswith(f"0 of 3 records are in this bucket, 3 in {original}")
    assert "none of the results that the store names is in" in world.looked.problem
    assert len(world.connect().recorded(list(world.keys.values()))) == 3
    new = {path.name for path in tmp_path.rglob("*")} - {path.name for path in before}
    assert new <= {there, "notes.txt", "records.sqlite-wal", "records.sqlite-shm"}


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_all_results_are_deleted(world: World) -> None:
    shutil.rmtree(world.files.url)
    found = world.fsck()
    assert {damage.kind for damage in found} == {"record without files"}
    assert len(found) == 3
    assert all(damage.repaired for damage in world.fsck(repair=True))
    assert world.connect().recorded(list(world.keys.values())) == {}
    assert set(world.launch("another launch").values()) == {"done"}
    assert world.fsck() == []


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_disk_that_is_not_there_opens_no_job(world: World, tmp_path: Path) -> None:
    """As one that is not mounted: nothing is where the bucket's own folder was."""
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.move(world.files.url, disk / "analyses")
    (disk / "analyses").rename(disk / "out")
    world.files = FolderFiles(disk / "out" / "none" / "analyses")
    for name, key in world.keys.items():
        record = world.record(name)
        assert not world.connect().remove("record", [key])
        world.connect().insert([{**record, "location": f"{world.files.url}/{key}"}])
    left = world.fsck(repair=True)
    assert [damage.repaired for damage in left] == [False] * 3
    assert "it could not be repaired" in left[0].remedy
    assert len(world.connect().recorded(list(world.keys.values()))) == 3


@pytest.mark.parametrize("files", ["disk"], indirect=True)
@pytest.mark.parametrize("how", ["relative", "through a link"])
def test_a_folder_that_is_written_otherwise(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    shutil.rmtree(Path(world.files.url) / world.keys["second"])
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    world.files = FolderFiles(Path("analyses") if how == "relative" else tmp_path / "link" / "analyses")
    (found,) = world.fsck()
    assert (found.key, found.kind, found.repairable) == (world.keys["second"], "record without files", True)
    assert (world.looked.records, world.looked.found) == (3, 2)


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_folder_that_was_moved(world: World, tmp_path: Path) -> None:
    Path(world.files.url).rename(tmp_path / "moved")
    world.files = FolderFiles(tmp_path / "moved")
    assert world.fsck() == []
    shutil.rmtree(world.files.folder / world.keys["second"])
    (found,) = world.fsck(repair=True)
    assert (found.kind, found.repaired) == ("record without files", True)
    assert (world.looked.records, world.looked.found, world.looked.elsewhere.total()) == (3, 2, 0)


def test_a_launch_that_goes_on_meanwhile_is_no_damage(world: World) -> None:
    """What was published and recorded after fsck had read the store is not taken for unrecorded."""
    key = world.keys["third"]
    record = world.record("third")
    assert not world.connect().remove("record", [key])
    assert not world.connect().remove("state", [key])
    running = fsck(world.pair, LookedAt(""))
    world.files.write("0/x", b"told first, when the store has been read")
    first = next(running)
    world.connect().insert([record])
    assert [damage for damage in (first, *running) if not damage.harmless] == []


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_one_result_that_lies_in_two_buckets_moves_no_others(world: World, tmp_path: Path) -> None:
    """As of a launch that died before it recorded, after which others were given another bucket."""
    world.together = True
    other = FolderFiles(tmp_path / "other" / "analyses")
    for name in ("third", "second"):
        record = world.record(name)
        for file in world.files.names():
            if world.keys[name] in file:
                other.write(file, world.files.read(file))
                if name == "third":
                    world.files.remove(file)
        assert not world.connect().remove("record", [world.keys[name]])
        world.connect().insert([{**record, "location": f"{other.url}/{world.keys[name]}"}])
    found = world.fsck(repair=True)
    assert world.keys["third"] not in {damage.key for damage in found}
    assert world.looked.elsewhere == {other.url: 1}
    assert world.connect().recorded([world.keys["third"]])


def test_results_of_the_original_wrapper_are_left_alone(world: World) -> None:
    key, lost = "c" * 64, "d" * 64
    for file in ("spikes.json", "plots/a.png", "metadata.nd.json"):
        world.files.write(f"{key}/{file}", b"x")
    assert [damage.kind for damage in world.told(repair=True)] == ["not ours"]
    world.connect().insert(
        [of_original(key, world.bucket.location(key)), of_original(lost, world.bucket.location(lost))]
    )
    (found,) = world.told(repair=True)
    assert (found.key, found.kind, found.repaired) == (lost, "record without files", False)
    assert len(world.connect().recorded([key, lost])) == 2
    assert world.looked.records == 5


def test_records_of_other_places_are_counted(world: World) -> None:
    world.connect().insert([of_ours("e" * 64, f"s3://another/x/{'e' * 64}/0123"), of_original("z", "s3://others/z")])
    assert world.fsck(repair=True) == []
    assert str(world.looked).endswith("3 of 4 records are in this bucket, 1 in s3://another/x")
    assert world.connect().recorded(["e" * 64])


def test_a_copy_of_a_result_under_another_name(world: World) -> None:
    key = world.keys["second"]
    for name in world.files.names():
        if name.startswith(key):
            world.files.write("f" * 64 + name.removeprefix(key), world.files.read(name))
    (told,) = world.told(repair=True)
    assert (told.kind, told.key, told.harmless) == ("not ours", "f" * 64, True)
    assert f"a copy of what is published of {key}" in told.detail


def test_a_folder_that_was_renamed_to_the_key_of_another(world: World) -> None:
    """It gets its name back, and the other job, whose own results are gone, is opened again."""
    one, other = world.keys["second"], world.keys["third"]
    for name in world.files.names():
        if name.startswith(other):
            world.files.remove(name)
    for name in world.files.names():
        if name.startswith(one):
            world.files.write(other + name.removeprefix(one), world.files.read(name))
            world.files.remove(name)
    found = world.fsck()
    assert [(damage.key, damage.kind) for damage in found] == [
        (other, "renamed folder"),
        (other, "record without files"),
    ]
    assert found[0].other == one
    assert [damage.repaired for damage in world.fsck(repair=True)] == [True, True]
    assert set(world.launch("another launch").values()) == {"done"}
    assert world.fsck() == []
    world.check_whole()


def test_the_code_of_analyses_is_no_result(world: World) -> None:
    world.files.write("_code/00ff.tar.gz", b"code")
    assert world.told() == []
    assert world.fsck(repair=True) == []
    assert "_code/00ff.tar.gz" in world.files.names()
