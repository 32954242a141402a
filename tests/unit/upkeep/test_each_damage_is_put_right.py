"""Each damage, on disk and in S3: fsck names and repairs it, and after a launch all is done and nothing is lost."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.docdb import DocDBServer
from support.upkeep import World

from analysis_jobs.store.docdb import DocdbStore
from analysis_jobs.store.postgresql import PostgresqlStore
from analysis_jobs.store.sqlite import SqliteStore

Spoil = Callable[[World, str], object]
VICTIM = "second"


def of_manifest(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(world: World, key: str) -> None:
        manifest = json.loads(world.files.read(f"{key}/manifest.json"))
        change(manifest)
        world.files.write(f"{key}/manifest.json", json.dumps(manifest).encode())

    return spoil


def manifest_is(content: bytes) -> Spoil:
    return lambda world, key: world.files.write(f"{key}/manifest.json", content)


def cut_short(world: World, key: str) -> None:
    world.files.write(f"{key}/manifest.json", world.files.read(f"{key}/manifest.json")[:-100])


def file_is(content: bytes | None, name: str = "sub/two.txt") -> Spoil:
    def spoil(world: World, key: str) -> None:
        place = world.inside(VICTIM, name)
        world.files.remove(place) if content is None else world.files.write(place, content)

    return spoil


def everything_gone(world: World, key: str) -> None:
    for name in world.files.names():
        if name.startswith(f"{key}/"):
            world.files.remove(name)


def renamed(world: World, key: str) -> None:
    for name in world.files.names():
        if name.startswith(f"{key}/"):
            world.files.write("f" * 64 + name.removeprefix(key), world.files.read(name))
            world.files.remove(name)


def all_but(name: str) -> Spoil:
    """Return what removes the manifest and another file."""

    def spoil(world: World, key: str) -> None:
        file_is(None, name)(world, key)
        world.files.remove(f"{key}/manifest.json")

    return spoil


def record_is(change: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(world: World, key: str) -> None:
        record = world.record(VICTIM)
        change(record)
        put_record(world, key, json.dumps(record), record)

    return spoil


def no_json(world: World, key: str) -> None:
    put_record(world, key, "{", {"_id": key, "processing": "{"})


def row_of(key: str, text: str, record: dict[str, Any]) -> tuple[str, str, str]:
    return text, str(record.get("location", "")), key


def change(store: PostgresqlStore, query: str, *given: str) -> None:
    store.database.ask(lambda connection: connection.execute(f"UPDATE {query}".encode(), given))


def put_record(world: World, key: str, text: str, record: dict[str, Any]) -> None:
    store = world.connect()
    if isinstance(store, SqliteStore):
        with closing(sqlite3.connect(store.path)) as connection, connection:
            query = "UPDATE record_documents SET document = ?, location = ? WHERE _id = ?"
            connection.execute(query, row_of(key, text, record))
        connection.close()
    elif isinstance(store, PostgresqlStore):
        change(store, "record_documents SET document = %s, location = %s WHERE _id = %s", *row_of(key, text, record))
        change(store, "record_documents SET data = %s WHERE _id = %s", json.dumps(record), key)
    else:
        world.server.collection("results").replace_one({"_id": key}, record)


def state_is_damaged(world: World, key: str) -> None:
    store = world.connect()
    if isinstance(store, SqliteStore):
        with closing(sqlite3.connect(store.path)) as connection, connection:
            connection.execute("UPDATE job_states SET document = '[]' WHERE key = ?", (key,))
        connection.close()
    elif isinstance(store, PostgresqlStore):
        change(store, "job_states SET document = '[]' WHERE key = %s", key)
    else:
        world.server.collection("results_jobs").replace_one({"_id": key}, {"_id": key, "state": 7})


def not_recorded(*more: Spoil) -> Spoil:
    """Return what removes the record and the state, and damages more."""

    def spoil(world: World, key: str) -> None:
        for damage in more:
            damage(world, key)
        assert not world.connect().remove("record", [key])
        assert not world.connect().remove("state", [key])

    return spoil


def set_outputs(record: dict[str, Any]) -> None:
    record["processing"]["data_processes"][0]["output_parameters"]["n"] = 7


def of_code(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda record: change(record["processing"]["data_processes"][0]["code"])


def other_inputs(record: dict[str, Any]) -> None:
    of_code(lambda code: code["input_data"][0].update(url="x"))(record)


def both_are(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Return what changes the record in the store and beside the files alike."""

    def spoil(world: World, key: str) -> None:
        record_is(change)(world, key)
        file_is(json.dumps(world.record(VICTIM)).encode(), "metadata.nd.json")(world, key)

    return spoil


def set_location(location: object) -> Spoil:
    return record_is(lambda record: record.update(location=location))


def place_is(location: str) -> Spoil:
    """Return what changes the location in the place where the store looks first: in SQL, beside the document."""

    def spoil(world: World, key: str) -> None:
        store = world.connect()
        if isinstance(store, PostgresqlStore):
            change(store, "record_documents SET location = %s WHERE _id = %s", location.format(key=key), key)
            return
        if not isinstance(store, SqliteStore):
            set_location(location.format(key=key))(world, key)
            return
        with closing(sqlite3.connect(store.path)) as connection, connection:
            query = "UPDATE record_documents SET location = ? WHERE _id = ?"
            connection.execute(query, (location.format(key=key), key))
        connection.close()

    return spoil


# By name: the damage, what fsck calls it, and whether repair keeps the result as it is
DAMAGES: dict[str, tuple[Spoil, str, bool | None]] = {
    # None: in S3 it is kept, as the digest in the name of its folder proves the files
    "no manifest": (lambda world, key: world.files.remove(f"{key}/manifest.json"), "no manifest", None),
    "no manifest and a file is missing": (all_but("one.txt"), "no manifest", False),
    "no manifest and no record beside": (all_but("metadata.nd.json"), "no manifest", None),
    "manifest cut short": (cut_short, "damaged manifest", None),
    "manifest empty": (manifest_is(b""), "damaged manifest", None),
    "manifest []": (manifest_is(b"[]"), "damaged manifest", None),
    "line without path": (of_manifest(lambda found: found["files"][0].pop("path")), "damaged manifest", None),
    "manifest without lines": (of_manifest(lambda found: found["files"].clear()), "damaged manifest", None),
    "a line twice": (of_manifest(lambda found: found["files"].append(found["files"][0])), "damaged manifest", None),
    "manifest of a failure": (of_manifest(lambda found: found.update(state="failed")), "damaged manifest", None),
    "manifest leads out": (
        of_manifest(lambda found: found["files"][0].update(path="../../x")), "damaged manifest", None
    ),
    "manifest without outputs": (of_manifest(lambda found: found.pop("outputs")), "", True),
    "outputs of the manifest": (of_manifest(lambda found: found["outputs"].update(n=7)), "record differs", True),
    "file missing": (file_is(None), "damaged file", False),
    "file longer": (file_is(b"333"), "damaged file", False),
    "file other": (file_is(b"33"), "damaged file", False),
    "everything gone": (everything_gone, "record without files", False),
    "renamed": (renamed, "renamed folder", True),
    "record beside missing": (file_is(None, "metadata.nd.json"), "no record beside the files", True),
    "record beside {}": (file_is(b"{}", "metadata.nd.json"), "another record beside the files", True),
    "record no JSON": (no_json, "damaged record", True),
    "record without process": (record_is(lambda record: record.pop("processing")), "record differs", True),
    "outputs of the record": (record_is(set_outputs), "record differs", True),
    "inputs of the record": (record_is(other_inputs), "record differs", True),
    "code of the record": (record_is(of_code(lambda code: code.update(version="x"))), "record differs", True),
    "language of the record": (record_is(of_code(lambda code: code.update(language="x"))), "record differs", True),
    "both records have other inputs": (both_are(other_inputs), "record differs", True),
    "location empty": (set_location(""), "damaged record", True),
    "location /etc": (set_location("/etc"), "damaged record", True),
    "location of no key": (set_location("/tmp/elsewhere/x"), "damaged record", True),
    "location of another key": (set_location(f"/tmp/{'a' * 64}"), "damaged record", True),
    "place of no key": (place_is("/tmp/elsewhere/x"), "damaged record", True),
    "place of another key": (place_is(f"/tmp/{'a' * 64}"), "damaged record", True),
    "place where nothing is": (place_is("/tmp/elsewhere/{key}"), "record differs", True),
    "location elsewhere": (set_location("ftp://host/x"), "damaged record", True),
    "state damaged": (state_is_damaged, "damaged job state", True),
    "not recorded": (not_recorded(), "published without record", True),
    "not recorded, damaged file": (not_recorded(file_is(b"33")), "damaged file", False),
    "not recorded, file missing": (not_recorded(file_is(None)), "damaged file", False),
    "not recorded, manifest []": (not_recorded(manifest_is(b"[]")), "damaged manifest", False),
    "not recorded, no outputs": (
        not_recorded(of_manifest(lambda found: found.pop("outputs"))), "damaged manifest", False
    ),
}  # fmt: skip


@pytest.fixture
def spoiled(world: World, request: pytest.FixtureRequest) -> World:
    if isinstance(world.connect(), DocdbStore):
        server: DocDBServer = request.getfixturevalue("docdb")
        world.server = server  # type: ignore[attr-defined]
    return world


# Each damage in each place once: which store and which bucket meet makes no difference to fsck
PLACES = [("sqlite", "disk"), ("docdb", "S3")]
OF_STORE = ("record differs", "damaged record", "damaged job state", "published without record")
CASES = [(*place, name) for name in DAMAGES for place in PLACES]
CASES += [("postgresql", "disk", name) for name, (_, kind, _) in DAMAGES.items() if kind in OF_STORE]


@pytest.mark.parametrize(
    ("connect", "files", "name"),
    [pytest.param(*case, marks=[pytest.mark.slow] if case[0] != "sqlite" else []) for case in CASES],
    indirect=["connect", "files"],
)
def test_it_is_named_and_put_right_and_nothing_is_lost(spoiled: World, name: str) -> None:
    world, (spoil, kind, kept) = spoiled, DAMAGES[name]
    key = world.keys[VICTIM]
    if kept is None:
        kept = world.is_s3
    result = world.files.read(world.inside(VICTIM, "one.txt"))
    before = set(world.contents())
    spoil(world, key)
    damaged = set(world.contents())

    for _ in range(2):  # looking changes nothing
        found = world.fsck()
        assert [damage.kind for damage in found] == ([kind] if kind else [])
        assert {damage.key for damage in found} <= {key, "f" * 64}
    assert set(world.contents()) == damaged

    repaired = world.fsck(repair=True)
    by_launch = "not recorded," in name
    assert all(damage.repaired for damage in repaired) != (by_launch and bool(repaired))
    assert damaged - {b""} <= set(world.contents()), "repair removed what was there"
    assert bool(world.fsck()) == by_launch

    world.outputs = 2
    states = world.launch("another launch")
    assert states == {"first": "done", "second": "done", "third": "done"}
    assert world.fsck() == []
    world.check_whole()
    assert (world.files.read(world.inside(VICTIM, "one.txt")) == result) == kept
    assert world.decisions["first"]["decision"] == "done"
    if not by_launch:
        lost = {content for content in before & damaged if b"manifest_version" not in content} - set(world.contents())
        assert not lost, "of what was not damaged something is gone"


@pytest.mark.slow
@pytest.mark.parametrize("files", ["S3"], indirect=True)
def test_a_line_that_is_missing_is_seen_in_s3(world: World) -> None:
    of_manifest(lambda found: found["files"].pop(0))(world, world.keys[VICTIM])
    assert [damage.kind for damage in world.fsck()] == ["damaged manifest"]
    assert [damage.repaired for damage in world.fsck(repair=True)] == [True]
    assert world.fsck() == []


@pytest.mark.parametrize("name", ["no manifest", "manifest []", "file other", "everything gone"])
def test_a_launch_before_the_repair_is_told_and_changes_nothing(spoiled: World, name: str) -> None:
    spoil, _, _ = DAMAGES[name]
    spoil(spoiled, spoiled.keys[VICTIM])
    before = set(spoiled.contents())
    assert set(spoiled.launch("another launch").values()) == {"done"}
    reason = spoiled.decisions[VICTIM]["reason"]
    gone = "but nothing is at" in reason and "fsck --repair` opens the job again" in reason
    assert gone == (name == "everything gone")
    assert set(spoiled.contents()) == before


def test_strays_are_named_and_stay(spoiled: World) -> None:
    strays = {
        f"{spoiled.keys[VICTIM]}/notes.txt": b"mine",
        "readme.txt": b"of the bucket",
        "0123456789abcdef/x.txt": b"a folder",
        f"{'e' * 64}/y/z.txt": b"a folder called as a key",
    }
    for name, content in strays.items():
        spoiled.files.write(name, content)
    told = [damage for damage in spoiled.told(repair=True) if damage.harmless]
    assert [damage.kind for damage in told] == ["not ours"] * 4
    assert {damage.key for damage in told} == {spoiled.keys[VICTIM], "", "0123456789abcdef", "e" * 64}
    assert spoiled.fsck() == []
    assert {name: spoiled.files.read(name) for name in strays} == strays


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_what_arrives_under_no_name_of_ours_is_named_and_stays(world: World) -> None:
    strays = [".arriving/foo bar/z", ".arriving/notes.txt", f".arriving/{'d' * 64}"]
    for name in strays:
        world.files.write(name, b"mine")
    later = datetime.now(UTC) + timedelta(days=10)
    told = world.told(repair=True, now=later)
    assert {damage.key: damage.kind for damage in told} == dict.fromkeys(["foo bar", "notes.txt", "d" * 64], "not ours")
    assert {world.files.read(name) for name in strays} == {b"mine"}


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_what_was_left_half_copied_is_named_and_removed_once_it_is_old(world: World) -> None:
    world.files.write(f".arriving/{'d' * 64}.unfinished", b"half a fi")
    (told,) = world.told()
    assert (told.kind, told.harmless) == ("on its way", True)
    (removed,) = world.told(repair=True, now=datetime.now(UTC) + timedelta(days=10))
    assert (removed.kind, removed.repaired) == ("leftovers", True)
    assert not list(Path(world.files.url, ".arriving").iterdir())
