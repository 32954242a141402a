"""`analysis-jobs fsck`: what does not fit between bucket and store, and what may be fixed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import S3Server
from support.samples import published, write_files

from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.bucket.protocol import Bucket, ResultFile
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.published.fsck import Damage, fsck
from analysis_jobs.stages.record import record_group
from analysis_jobs.store.sqlite import SqliteStore
from analysis_jobs.store.states import new_owner, pending

KEY = "a" * 64


@dataclass
class Place:
    """A bucket, and ways to spoil it that need no knowledge of where it is."""

    bucket: Bucket
    write: Callable[[str, bytes], object]
    remove: Callable[[str], object]
    dead_attempt: str


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        folder = tmp_path / "bucket"

        def write(name: str, content: bytes) -> None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

        return Place(open_bucket(str(folder)), write, lambda name: (folder / name).unlink(), ".arriving/{key}/left.txt")
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    name = s3.make_bucket(f"fsck-{abs(hash(str(tmp_path)))}")
    client = s3.client()
    return Place(
        open_bucket(f"s3://{name}/x"),
        lambda key, content: client.put_object(Bucket=name, Key=f"x/{key}", Body=content),
        lambda key: client.delete_object(Bucket=name, Key=f"x/{key}"),
        "{key}/" + "0" * 16 + "/left.txt",
    )


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "records.sqlite")


def publish(place: Place, tmp_path: Path, key: str = KEY) -> dict[str, Any]:
    files = write_files(tmp_path / "files", {"one.txt": "1", "sub/two.txt": "22"})
    about = published(key)
    del about["location"]
    names = ("one.txt", "sub/two.txt")
    return place.bucket.publish(key, [ResultFile(name, files / name) for name in names], about)


def record(place: Place, store: SqliteStore, manifest: dict[str, Any]) -> None:
    record_group([manifest], place.bucket, store, new_owner("run", None))


def inside(manifest: dict[str, Any], name: str) -> str:
    """Return a published file's name within the bucket."""
    key = manifest["key"]
    return f"{key}{manifest['location'].partition(key)[2]}/{name}"


def found(place: Place, store: SqliteStore, **options: Any) -> list[Damage]:
    return list(fsck(place.bucket, store, **options))


@pytest.fixture
def whole(place: Place, store: SqliteStore, tmp_path: Path) -> dict[str, Any]:
    manifest = publish(place, tmp_path)
    record(place, store, manifest)
    return manifest


def test_nothing_wrong(place: Place, store: SqliteStore, whole: dict[str, Any]) -> None:
    assert found(place, store) == []


def test_nothing_at_all(place: Place, store: SqliteStore) -> None:
    assert found(place, store) == []


def test_published_without_record(place: Place, store: SqliteStore, tmp_path: Path) -> None:
    manifest = publish(place, tmp_path)
    (finding,) = found(place, store)
    assert (finding.key, finding.kind, finding.repaired) == (KEY, "published without record", False)
    assert store.recorded([KEY]) == {}
    (finding,) = found(place, store, repair=True)
    assert finding.repaired
    assert store.recorded([KEY])[KEY].location == manifest["location"]
    assert store.job_states([KEY])[KEY]["state"] == "done"
    assert found(place, store) == []


def test_what_a_run_has_in_hand_is_left_to_it(place: Place, store: SqliteStore, tmp_path: Path) -> None:
    publish(place, tmp_path)
    place.write(place.dead_attempt.format(key="b" * 64), b"coming")
    store.claim([pending(key, 1, {}, new_owner("run", None), 1) for key in (KEY, "b" * 64)], {})
    assert found(place, store, repair=True) == []


def test_no_record_beside_the_files(place: Place, store: SqliteStore, whole: dict[str, Any]) -> None:
    place.remove(inside(whole, "metadata.nd.json"))
    (finding,) = found(place, store, repair=True)
    assert (finding.kind, finding.repaired) == ("no record beside the files", True)
    assert found(place, store) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "sub/two.txt is missing"), (b"333", "has 3 bytes, its manifest says 2"), (b"33", "has another SHA-256")],
    ids=["missing", "size", "content"],
)
def test_a_damaged_file(
    place: Place, store: SqliteStore, whole: dict[str, Any], content: bytes | None, said: str
) -> None:
    name = inside(whole, "sub/two.txt")
    if content is None:
        place.remove(name)
    else:
        place.write(name, content)
    for repair in (False, True):
        (finding,) = found(place, store, repair=repair)
        assert (finding.kind, finding.repairable, finding.repaired) == ("damaged file", False, False)
        assert said in finding.detail
        assert "to have the job run again" in finding.detail
    assert len(found(place, store, checksums=False)) == (content != b"33")


def test_damaged_and_not_recorded_is_not_recorded(place: Place, store: SqliteStore, tmp_path: Path) -> None:
    place.remove(inside(publish(place, tmp_path), "one.txt"))
    (finding,) = found(place, store, repair=True)
    assert finding.kind == "damaged file"
    assert store.recorded([KEY]) == {}


def test_a_record_without_files(place: Place, store: SqliteStore) -> None:
    store.insert([{"_id": KEY, "location": place.bucket.location(KEY)}, {"_id": "z", "location": "s3://elsewhere/z"}])
    (finding,) = found(place, store, repair=True)
    assert (finding.key, finding.kind, finding.repaired) == (KEY, "record without files", False)
    assert store.recorded([KEY])


@pytest.mark.parametrize("published_too", [True, False])
def test_leftovers(place: Place, store: SqliteStore, tmp_path: Path, published_too: bool) -> None:
    if published_too:
        record(place, store, publish(place, tmp_path))
    place.write(place.dead_attempt.format(key=KEY), b"left")
    (finding,) = found(place, store)
    assert finding.kind == "leftovers"
    assert finding.detail.startswith("1 files of a dead attempt, such as ")
    (finding,) = found(place, store, repair=True)
    assert finding.repaired
    assert found(place, store) == []


def test_results_of_the_original_are_left_alone(place: Place, store: SqliteStore) -> None:
    name = "c" * 64
    for file in ("spikes.json", "plots/a.png", "metadata.nd.json"):
        place.write(f"{name}/{file}", b"x")
    assert found(place, store, repair=True) == []
    store.insert([{"_id": name, "location": place.bucket.location(name)}])
    assert found(place, store, repair=True) == []


def test_as_json(whole: dict[str, Any], place: Place, store: SqliteStore) -> None:
    place.remove(inside(whole, "one.txt"))
    (finding,) = found(place, store)
    assert json.loads(json.dumps(vars(finding)))["kind"] == "damaged file"


def test_a_manifest_that_is_gone(place: Place, store: SqliteStore, tmp_path: Path) -> None:
    manifest = publish(place, tmp_path)
    run = manifest["run"]
    record(place, store, {**manifest, "run": {**run, "pipeline": {**run["pipeline"], "name": PIPELINE_NAME}}})
    place.remove(f"{KEY}/manifest.json")
    for repair in (True, False):
        (finding,) = found(place, store, repair=repair)
        assert (finding.kind, finding.repairable) == ("no manifest", False)
        assert finding.detail.startswith("manifest.json is missing, by which the files could be checked; restore it")
