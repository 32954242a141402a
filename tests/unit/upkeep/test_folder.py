"""The folder of a key, as it is looked at."""

import os
from pathlib import Path

import pytest
from support.upkeep import World

from analysis_jobs.upkeep.folder import Folder, what
from analysis_jobs.upkeep.known import Known


def folder(world: World, name: str = "second", **known: object) -> Folder:
    key = world.keys[name]
    found = Known(location=world.record(name)["location"], **known)  # type: ignore[arg-type]
    return Folder(key, world.bucket.files(key), found, world.bucket)


def test_its_files_are_those_of_its_record(world: World) -> None:
    here = folder(world)
    location = here.known.location
    assert here.place(location) == location
    assert not here.is_elsewhere
    assert len([name for name in here.at(location) if name.endswith(".txt")]) == 2
    assert here.text(location, "one.txt") == "second 1"
    assert here.text(location, "none.txt") == ""


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_nobody_waits_for_a_pipe_in_the_place_of_a_file(world: World) -> None:
    here = folder(world)
    path = Path(here.known.location, "one.txt")
    path.unlink()
    os.mkfifo(path)
    assert here.text(here.known.location, "one.txt") == ""


def test_what_a_launch_has_is_left_to_it(world: World) -> None:
    found = folder(world, claimed=True).damage("damaged file", "x", "y")
    assert (found.repairable, found.remedy) == (False, "the job is running elsewhere: look again when that has ended")
    assert folder(world).damage("damaged file", "x", "y").repairable


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_what_is_elsewhere_is_left_alone(world: World, tmp_path: Path) -> None:
    """Unless bucket and store were moved together: then what a record names is here or nowhere."""
    there = folder(world)
    here = type(world.bucket)(tmp_path / "copy")  # type: ignore[call-arg]
    copy = Folder(there.key, {}, there.known, here)
    assert copy.is_elsewhere
    assert copy.damage("no manifest", "x", "y").remedy.endswith("which still exists: copy it from there")
    assert not Folder(there.key, {}, there.known, here, together=True).is_elsewhere


def test_what_was_opened_again_is_only_told(world: World) -> None:
    told = folder(world, opened=True).unrecorded("damaged file", "x")
    assert (told.harmless, told.remedy) == (True, "the job was opened again: the next launch of it publishes it again")
    assert not folder(world).unrecorded("damaged file", "x").harmless


def test_what_is_wrong_without_what_is_to_be_done() -> None:
    assert what("it is empty; restore it") == "it is empty"
