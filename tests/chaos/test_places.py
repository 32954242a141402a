"""Damages do what they are called, to one job, in a folder and in the services, and `fsck --repair` fixes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.lab import Lab
from support.shelf import Shelf

from analysis_jobs.bucket.names import MANIFEST, RECORD_FILE
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.store.opening import open_store
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.fsck import fsck
from analysis_jobs.upkeep.pair import Pair
from chaos.places import LocalPlace, Place, RemotePlace, damage

KINDS_FOUND = {
    "record": {"published without record"},
    "record and results": set(),
    "state": set(),
    "record beside the files": {"no record beside the files"},
    "leftovers": {"leftovers"},
}


class Damaged:
    """A place with two jobs that are done."""

    def __init__(self, lab: Lab, place: Place) -> None:
        self.lab, self.place = lab, place
        bucket = place.parameters.get("bucket") or f"s3://{place.environment['ANALYSIS_BUCKET']}"
        lab.out.mkdir()
        self.store, self.bucket = open_store(place.parameters["store"]), open_bucket(bucket)
        shelf = Shelf(self.store, self.bucket, lab.folder / "results of jobs")
        self.keys = sorted(shelf.done([name, f"{name} more"], {}) for name in ("good 1", "good 2"))
        self.files = place.files()

    def damage(self, kind: str) -> str:
        return damage(self.place, self.lab, kind, 0.1)

    def found(self, *, repair: bool = False) -> list[Damage]:
        later = datetime.now(UTC) + timedelta(days=30)  # when what attempts have left is that of dead ones
        return list(fsck(Pair(self.bucket, self.store), LookedAt(""), repair=repair, now=later))

    def files_of(self, key: str) -> list[str]:
        return [name for name in self.files if name.startswith(f"{key}/")]


@pytest.fixture(params=["local", "S3 and DocDB"])
def damaged(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    lab = Lab(tmp_path / "lab", {})
    if request.param == "local":
        return Damaged(lab, LocalPlace(lab))
    servers = {"s3": request.getfixturevalue("s3"), "docdb": request.getfixturevalue("docdb")}
    place = RemotePlace(lab, SimpleNamespace(**servers, environment={}, is_failing=lambda _: False))
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    return Damaged(lab, place)


def test_what_there_is(damaged: Damaged) -> None:
    assert damaged.place.published() == 2
    assert sorted(damaged.place.backend.records()) == damaged.keys
    assert len(damaged.files) == 8
    assert damaged.found() == []


def test_a_record_is_removed(damaged: Damaged) -> None:
    key, other = damaged.keys
    assert damaged.damage("record") == f"record of {key[:12]}"
    assert damaged.place.backend.records().keys() == {other}
    assert damaged.place.backend.states().keys() == {key, other}
    assert damaged.place.files() == damaged.files


@pytest.mark.parametrize("what", ["manifest", "results"])
def test_files_are_removed_with_their_record(damaged: Damaged, what: str) -> None:
    key, other = damaged.keys
    damaged.damage(f"record and {what}")
    assert damaged.place.backend.records().keys() == {other}
    removed = damaged.files_of(key) if what == "results" else [f"{key}/{MANIFEST}"]
    assert damaged.place.files() == [name for name in damaged.files if name not in removed]


def test_a_state_is_removed(damaged: Damaged) -> None:
    assert damaged.damage("state").startswith(f"state of {damaged.keys[0][:12]} (good ")
    assert damaged.place.backend.states().keys() == {damaged.keys[1]}
    assert len(damaged.place.backend.records()) == 2


def test_the_record_beside_the_files_is_removed(damaged: Damaged) -> None:
    damaged.damage("record beside the files")
    (removed,) = set(damaged.files) - set(damaged.place.files())
    assert removed.startswith(f"{damaged.keys[0]}/")
    assert removed.endswith(f"/{RECORD_FILE}")


def test_leftovers_come_and_go(damaged: Damaged) -> None:
    assert damaged.place.leftovers() == []
    damaged.damage("leftovers")
    left = damaged.place.leftovers()
    assert sorted([*damaged.files, *left]) == damaged.place.files() != damaged.files
    assert damaged.damage("remove leftovers") == f"{len(left)} leftovers removed"
    assert damaged.place.files() == damaged.files


@pytest.mark.parametrize("kind", KINDS_FOUND)
def test_a_damage_is_what_fsck_repairs(damaged: Damaged, kind: str) -> None:
    damaged.damage(kind)
    assert {found.kind for found in damaged.found()} == KINDS_FOUND[kind]
    assert all(found.repaired for found in damaged.found(repair=True))
    assert damaged.found() == []


def test_a_work_folder_is_removed(damaged: Damaged) -> None:
    assert damaged.damage("work folder") == "there is no work folder yet"
    for home in ("one", "two"):
        (damaged.lab.folder / home / "work" / "ab").mkdir(parents=True)
    assert damaged.damage("work folder") == "the work folder of one removed"
    assert [path.parent.name for path in damaged.lab.folder.glob("*/work")] == ["two"]


def test_nothing_is_damaged_where_nothing_is(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", {})
    assert damage(LocalPlace(lab), lab, "record", 0.5) == "record: there is no record yet"


def test_what_is_in_services_is_kept(damaged: Damaged, tmp_path: Path) -> None:
    damaged.place.keep(tmp_path / "kept")
    kept = {path.relative_to(tmp_path / "kept/bucket").as_posix() for path in tmp_path.glob("kept/bucket/**/*.*")}
    assert kept == (set() if isinstance(damaged.place, LocalPlace) else set(damaged.files))
