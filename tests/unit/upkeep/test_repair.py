"""Repairs beside launches: each is judged anew when it is done, and nothing that somebody may need is removed."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from fakes.docdb import DocDBServer
from fakes.proxy import Proxy
from support.deaths import Deaths
from support.s3_buckets import replace_in_bucket
from support.samples import rules_of
from support.upkeep import LAUNCH, S3Files, World

from analysis_jobs.bucket.local import ARRIVING, LocalBucket
from analysis_jobs.bucket.names import MANIFEST
from analysis_jobs.stages.record import record_group
from analysis_jobs.stages.upload import upload_group
from analysis_jobs.store.states import new_owner, pending
from analysis_jobs.upkeep.damage import Damage, LookedAt
from analysis_jobs.upkeep.fsck import fsck
from analysis_jobs.upkeep.repair import repaired

DIGEST = "0123456789abcdef"
LATER = timedelta(days=8)  # when everything that is there now is old
NEW = "b" * 64


def now() -> datetime:
    return datetime.now(UTC)


def attempt(world: World, key: str, name: str = "left.txt") -> str:
    """Return the name of a file that an attempt has brought."""
    return f"{key}/{DIGEST}/{name}" if world.is_s3 else f"{ARRIVING}/{key}/{name}"


def claim(world: World, key: str, session: str = "a live launch") -> None:
    assert world.connect().claim([pending(key, 1, {"inputs": []}, new_owner(session, None), 1)], {})


# Leftovers


@pytest.mark.parametrize("key", [NEW, "second"])
def test_what_is_old_is_removed_and_nothing_else(world: World, key: str) -> None:
    key = world.keys.get(key, key)
    before = world.files.names()
    left = [attempt(world, key), attempt(world, key, "sub/b.txt")]
    for name in left:
        world.files.write(name, b"left")
    assert world.fsck() == world.fsck(repair=True) == []
    (told,) = (damage for damage in world.told(repair=True) if damage.harmless)
    assert (told.kind, told.key) == ("on its way", key)
    assert "7 days old" in told.remedy
    assert set(world.files.names()) == {*before, *left}
    (found,) = world.fsck(now=now() + LATER)
    assert (found.kind, found.key, found.repairable) == ("leftovers", key, True)
    assert found.detail.startswith("2 files of a dead attempt, such as ")
    (done,) = world.fsck(now=now() + LATER, repair=True)
    assert done.repaired
    assert world.files.names() == before
    assert world.fsck(now=now() + LATER) == []


def test_what_was_claimed_after_fsck_began_is_left_alone(world: World) -> None:
    names = [attempt(world, key * 64) for key in "0f"]
    for name in names:
        world.files.write(name, b"left")
    running = fsck(world.pair, LookedAt(""), repair=True, now=now() + LATER)
    first = next(damage for damage in running if damage.kind == "leftovers")
    assert (first.key, first.repaired) == ("0" * 64, True)
    claim(world, "f" * 64)
    assert not [damage for damage in running if not damage.harmless]
    assert names[1] in world.files.names()


def test_what_was_published_after_it_was_found_is_left_alone(world: World) -> None:
    world.files.write(attempt(world, NEW), b"left")
    (found,) = world.fsck(now=now() + LATER)
    world.files.remove(attempt(world, NEW))
    before = world.files.names()
    world.files.write(attempt(world, NEW), b"one that began since")
    assert repaired(found, world.pair, now() + timedelta(days=1)) is None
    assert set(world.files.names()) == {*before, attempt(world, NEW)}


def test_what_a_record_or_a_manifest_names_is_never_left_over(world: World) -> None:
    """Whatever is lost of manifest and record, what was once recorded stays."""
    key = world.keys["second"]
    world.files.remove(f"{key}/{MANIFEST}")
    before = list(world.contents())
    world.fsck(repair=True, now=now() + LATER)
    world.fsck(repair=True, now=now() + LATER)
    assert set(before) <= set(world.contents())
    assert not world.connect().remove("record", [key])
    world.fsck(repair=True, now=now() + LATER)
    assert set(before) <= set(world.contents())


def test_a_bucket_that_was_moved_keeps_its_results(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    other: Any
    if world.is_s3:
        other = S3Files(request.getfixturevalue("s3"), f"{world.files.name}-moved")  # type: ignore[attr-defined]
    else:
        other = type(world.files)(tmp_path / "moved")  # type: ignore[call-arg]
    for name in world.files.names():
        other.write(name, world.files.read(name))
        if not world.is_s3:
            world.files.remove(name)
    world.files = other
    before = other.names()
    assert world.fsck(repair=True, now=now() + LATER) == []
    assert other.names() == before
    assert (world.looked.records, world.looked.found) == (3, 3)
    assert not world.connect().remove("record", [world.keys["second"]])
    (found,) = world.fsck(repair=True)
    assert found.repaired
    assert world.record("second")["location"].startswith(f"{other.url}/{world.keys['second']}")
    assert world.fsck() == []


# Live uploads


class Held:
    """An upload of a job, in a thread, that is held when all its files are there and before it is published."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        self.said: list[dict[str, Any]] = []
        self.world = world
        hold: Callable[..., Any] = self._put if world.is_s3 else self._appear
        if world.is_s3:
            replace_in_bucket(monkeypatch, "obstore", _With(hold))
        else:
            self.appear = LocalBucket._appear
            monkeypatch.setattr(LocalBucket, "_appear", lambda *arguments: hold(*arguments))

    def _put(self, store: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if path.endswith(f"/{MANIFEST}"):
            self._wait()
        return obstore.put(store, path, *arguments, **options)

    def _appear(self, bucket: LocalBucket, arriving: Path, key: str) -> None:
        self._wait()
        self.appear(bucket, arriving, key)

    def _wait(self) -> None:
        self.reached.set()
        assert self.go.wait(60)

    @contextmanager
    def upload(self, session: str) -> Iterator[None]:
        """Do something while the upload is held; then let it end, and record it."""
        folders = self.world.ran({"second"})

        def run() -> None:
            run_ = {**LAUNCH, "owner": rules_of(session).owner}
            self.said = upload_group(folders, self.world.bucket, run_, dry_run=False)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            assert self.reached.wait(60)
            yield
        finally:
            self.go.set()
            thread.join(60)
        record_group(self.said, self.world.bucket, self.world.connect(), rules_of(session).owner)


class _With:
    """The library, with another `put`."""

    def __init__(self, put: Callable[..., Any]) -> None:
        self.put = put

    def __getattr__(self, name: str) -> Any:
        return getattr(obstore, name)


@pytest.fixture
def open_job(world: World) -> World:
    """A world in which the second job is to be run again, and nothing is published of it."""
    key = world.keys["second"]
    for name in world.files.names():
        if name.startswith(f"{key}/"):
            world.files.remove(name)
    for kind in ("record", "state"):
        assert not world.connect().remove(kind, [key])
    return world


@pytest.mark.parametrize("claimed", [True, False])
def test_a_live_upload_is_left_alone(open_job: World, monkeypatch: pytest.MonkeyPatch, claimed: bool) -> None:
    """Claimed or, if its claim ran out, young: its files stay while a repair goes by."""
    world, held = open_job, Held(open_job, monkeypatch)
    if claimed:
        world.launch("live", upload=False)
    with held.upload("live"):
        there = world.files.names()
        assert [damage for damage in world.told(repair=True) if not damage.harmless] == []
        assert world.files.names() == there
    world.check_whole()
    assert world.fsck() == []


def test_an_upload_that_was_stopped_for_days_ends_whole(open_job: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim ran out, and what it had brought was taken for a dead attempt's: it looks again before it publishes."""
    world, held = open_job, Held(open_job, monkeypatch)
    with held.upload("stopped"):
        world.fsck(repair=True, now=now() + LATER)
        taken = not [name for name in world.files.names() if world.keys["second"] in name and "metadata" not in name]
        assert taken == world.is_s3  # in a folder its lock shows that it lives
        replace_in_bucket(monkeypatch, "now", lambda: now() + LATER)
    assert [each["state"] for each in held.said] == ["done"]
    for line in json.loads(world.files.read(f"{world.keys['second']}/{MANIFEST}"))["files"]:
        assert len(world.files.read(world.inside("second", line["path"]))) == line["size"]


@pytest.mark.slow
@pytest.mark.parametrize("files", ["S3"], indirect=True)
def test_an_upload_to_an_s3_that_is_slow(open_job: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_job
    assert isinstance(world.files, S3Files)
    with Proxy(world.files.server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        held = Held(world, monkeypatch)
        proxy.slow_down(4)
        with held.upload("slow"):
            monkeypatch.setenv("AWS_ENDPOINT_URL", world.files.server.url)
            assert world.fsck(repair=True) == []
            proxy.slow_down(3)
    world.check_whole()
    assert world.fsck() == []


# What is not done


def test_a_job_that_was_claimed_since_is_not_opened(world: World) -> None:
    world.files.remove(world.inside("second", "one.txt"))
    (found,) = world.fsck()
    assert found.repairable
    state = world.connect().job_states([world.keys["second"]], whole=True)[world.keys["second"]]
    again = pending(state["key"], 2, state["parts"], new_owner("live", None), 1)
    assert world.connect().claim([again], {state["key"]: state})
    (left,) = world.fsck(repair=True)
    assert (left.kind, left.repairable, left.repaired) == ("damaged file", False, False)
    assert left.remedy == "the job is running elsewhere: look again when that has ended"
    assert world.record("second")


def test_what_is_right_again_is_left_alone(world: World) -> None:
    name = world.inside("second", "one.txt")
    content = world.files.read(name)
    world.files.remove(name)
    (found,) = world.fsck()
    world.files.write(name, content)
    assert repaired(found, world.pair, now()) is None


@pytest.mark.slow
@pytest.mark.parametrize("connect", ["docdb"], indirect=True)
def test_a_database_that_removes_nothing(world: World, docdb: DocDBServer) -> None:
    world.files.remove(world.inside("second", "one.txt"))
    docdb.faults.lacks.add("delete_one at all")
    (left,) = world.fsck(repair=True)
    docdb.faults.clear()
    assert not left.repaired
    assert left.remedy.startswith("it could not be repaired: the store does not remove the record: ")
    assert world.record("second")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_the_record_of_a_copy_elsewhere_stays(world: World, tmp_path: Path) -> None:
    """What is damaged in a copy of the bucket does not open the job, whose results are whole where its record says."""
    original = world.files
    world.files = type(original)(tmp_path / "copy")  # type: ignore[call-arg]
    for name in original.names():
        world.files.write(name, original.read(name))
    assert world.fsck() == []
    world.files.write(world.inside("second", "sub/two.txt"), b"33")
    world.files.remove(f"{world.keys['third']}/{MANIFEST}")
    found = world.fsck(repair=True)
    assert [(damage.kind, damage.repaired) for damage in found] == [("damaged file", False)]
    assert "which still exists: copy it from there" in found[0].remedy
    assert world.record("second") and world.record("third")


@pytest.mark.parametrize("files", ["disk"], indirect=True)
def test_a_copy_of_bucket_and_store_stands_for_itself(world: World, tmp_path: Path) -> None:
    """What is damaged in a copied OUTDIR is not taken for whole because the original is."""
    original, world.together = world.files, True
    world.files = type(original)(tmp_path / "copy")  # type: ignore[call-arg]
    for name in original.names():
        if world.keys["third"] not in name:
            world.files.write(name, original.read(name))
    world.files.remove(f"{world.keys['second']}/{MANIFEST}")
    before = original.names()
    found = world.fsck(repair=True)
    assert {(damage.key, damage.kind, damage.repaired) for damage in found} == {
        (world.keys["second"], "no manifest", True),
        (world.keys["third"], "record without files", True),
    }
    assert original.names() == before
    assert set(world.launch("another launch").values()) == {"done"}
    assert world.fsck() == []


def test_damage_is_plain_json(world: World) -> None:
    world.files.remove(world.inside("second", "one.txt"))
    (found,) = world.fsck()
    assert Damage(**json.loads(json.dumps(vars(found)))) == found


# Deaths

DAMAGED = {
    "damaged file": lambda world: world.files.remove(world.inside("second", "one.txt")),
    "record differs": lambda world: record_is_another(world),
    "published without record": lambda world: world.connect().remove("record", [world.keys["second"]]),
    "no record beside the files": lambda world: world.files.remove(world.inside("second", "metadata.nd.json")),
}


def record_is_another(world: World) -> None:
    record = world.record("second")
    record["processing"]["data_processes"][0]["output_parameters"]["n"] = 7
    assert not world.connect().remove("record", [record["_id"]])
    world.connect().insert([record])


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_repair_that_dies_at_any_step_is_done_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Each time the job is as damaged as before, or repaired, or open; and never lost."""
    deaths, step, was_killed = Deaths(monkeypatch), 0, True
    while was_killed:
        DAMAGED[kind](world)
        assert [damage.kind for damage in world.fsck()] == [kind]
        was_killed = deaths.at(step, lambda: world.fsck(repair=True))
        again = world.fsck(repair=True)
        assert all(damage.repaired for damage in again)
        assert {damage.kind for damage in again} <= {kind, "published without record"}
        assert world.fsck() == []
        assert world.launch(f"launch {step}") == {"first": "done", "second": "done", "third": "done"}
        world.check_whole()
        assert world.fsck() == []
        step += 1
    assert step >= 2


def test_what_was_repaired_is_told_before_and_stands_in_the_history(world: World) -> None:
    key, record = world.keys["second"], world.record("second")
    world.files.remove(world.inside("second", "one.txt"))
    told: list[Damage] = []
    (done,) = fsck(replace(world.pair, by="alice"), LookedAt(""), repair=True, before=told.append)
    assert [(damage.kind, damage.repaired) for damage in told] == [("damaged file", False)]
    (note,) = world.connect().history(key, whole=True)
    assert (note["act"], note["by"]) == ("opened again", "alice")
    assert json.loads(note["record"])["location"] == record["location"]
    assert done.remedy == (
        f"the record is set aside in the history ({note['_id']}), and the next launch runs the job again"
    )
    assert world.connect().job_states([key])[key]["state"] == "done"
