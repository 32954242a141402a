"""The bucket in a folder: results appear whole or not at all, whatever dies and whoever else publishes."""

import errno
import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.disks import windows_disk  # noqa: F401
from support.samples import in_child, write_files
from support.users import ALICE, BOB, LAB, as_user, commons, folder_of, group_name, mode_of, needs_users, user_name  # noqa: F401

from analysis_jobs.bucket import local_copying
from analysis_jobs.bucket.local import ARRIVING, LocalBucket
from analysis_jobs.bucket.manifests import LARGEST_MANIFEST
from analysis_jobs.bucket.names import CODE, MANIFEST
from analysis_jobs.bucket.protocol import RefusedName, ResultFile
from analysis_jobs.errors import InvalidInput
from analysis_jobs.shapes import Damaged

FORK = multiprocessing.get_context("fork")
FILES = {"a.txt": "one", "sub/b.txt": "two two", "sub/deep/c.txt": "", "d.bin": "x" * 3_000_000}
ABOUT = {"key": "k", "by": 1}


def results(folder: Path, files: Mapping[str, str] = FILES) -> list[ResultFile]:
    write_files(folder, files)
    return [ResultFile(name, folder / name) for name in files]


def check(bucket: Path, files: Mapping[str, str], key: str = "k") -> dict[str, Any]:
    """Check that a key holds these files and nothing else, all as its manifest says, and return that."""
    manifest: dict[str, Any] = json.loads((bucket / key / "manifest.json").read_text())
    there = {path.relative_to(bucket / key).as_posix() for path in (bucket / key).rglob("*") if path.is_file()}
    assert there - {"manifest.json"} == set(files) == {line["path"] for line in manifest["files"]}
    for line in manifest["files"]:
        content = (bucket / key / line["path"]).read_bytes()
        assert content.decode() == files[line["path"]]
        assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert not list((bucket / ARRIVING).iterdir())
    return manifest


@pytest.fixture
def bucket(tmp_path: Path) -> LocalBucket:
    return LocalBucket(tmp_path / "bucket")


@pytest.fixture
def files(tmp_path: Path) -> list[ResultFile]:
    return results(tmp_path / "results")


def test_publish(bucket: LocalBucket, files: list[ResultFile]) -> None:
    assert bucket.manifest("k") is None
    manifest = bucket.publish("k", files, ABOUT)
    assert manifest == check(bucket.folder, FILES) == bucket.manifest("k")
    assert {name: manifest[name] for name in ABOUT} == ABOUT
    assert bucket.location("k") == str(bucket.folder / "k")


def test_what_is_published_is_not_published_again(bucket: LocalBucket, tmp_path: Path, files: list[ResultFile]) -> None:
    first = bucket.publish("k", files, ABOUT)
    other = results(tmp_path / "other", {"a.txt": "another", "new.txt": ""})
    assert bucket.publish("k", other, {"by": 2}) == first == check(bucket.folder, FILES)


def test_keys_do_not_meet(bucket: LocalBucket, tmp_path: Path, files: list[ResultFile]) -> None:
    bucket.publish("k", files, ABOUT)
    bucket.publish("k2", results(tmp_path / "other", {"x": "y"}), ABOUT)
    check(bucket.folder, FILES)
    check(bucket.folder, {"x": "y"}, "k2")


def test_a_link_is_published_as_its_file(bucket: LocalBucket, tmp_path: Path) -> None:
    write_files(tmp_path, {"target.txt": "content"})
    (tmp_path / "link.txt").symlink_to("target.txt")
    bucket.publish("k", [ResultFile("link.txt", tmp_path / "link.txt")], ABOUT)
    check(bucket.folder, {"link.txt": "content"})
    assert not (bucket.folder / "k" / "link.txt").is_symlink()


@pytest.mark.parametrize(
    "names",
    [
        [".a.txt.unfinished", "a.txt"],
        [".manifest.json.unfinished", "k.unfinished"],
        ["n" * 255],
        ["sub/manifest.json", "ü 日本.txt", 'it\'s "quoted".txt'],
    ],
)
def test_any_name_can_be_published(bucket: LocalBucket, tmp_path: Path, names: list[str]) -> None:
    content = {name: f"this is {name}" for name in names}
    bucket.publish("k", results(tmp_path / "results", content), ABOUT)
    check(bucket.folder, content)


def test_a_folder_without_a_manifest_is_replaced(bucket: LocalBucket, files: list[ResultFile]) -> None:
    write_files(bucket.folder / "k", {"a.txt": "half a copy", "old/x.txt": ""})
    assert bucket.manifest("k") is None
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)


def test_where_a_file_is_in_the_way(bucket: LocalBucket, files: list[ResultFile]) -> None:
    write_files(bucket.folder, {"k": ""})
    assert bucket.manifest("k") is None
    with pytest.raises(NotADirectoryError):
        bucket.publish("k", files, ABOUT)


@pytest.mark.parametrize(
    "leftovers",
    [
        {"a.txt": "old", "gone.txt": "", "gone/deep/x.txt": "", "manifest.json": "{}"},
        {"a.txt/was/a/folder.txt": "", "sub": "was a file"},
        {"../k.unfinished": "half a file"},
    ],
    ids=["other files", "folders and files changed places", "half a file"],
)
def test_leftovers_of_a_dead_attempt_are_gone(
    bucket: LocalBucket, files: list[ResultFile], leftovers: dict[str, str]
) -> None:
    write_files(bucket.folder / ARRIVING / "k", leftovers)
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)


def test_half_a_file_is_gone_where_nothing_is_left_to_copy(bucket: LocalBucket, files: list[ResultFile]) -> None:
    write_files(bucket.folder / ARRIVING, {"k.unfinished": "", **{f"k/{name}": text for name, text in FILES.items()}})
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)


class Crash(BaseException):
    """What nothing catches, as if the process were killed."""


def by_exception() -> None:
    raise Crash


def by_exit() -> None:
    os._exit(9)


def crash_at(step: int, die: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Die at one of the renames that publishing makes: at even steps before it, at odd ones after it."""
    rename, count = Path.rename, iter(range(0, 1000, 2))

    def crashing(path: Path, target: Path) -> Path:
        at = next(count)
        if at == step:
            die()
        done = rename(path, target)
        if at + 1 == step:
            die()
        return done

    monkeypatch.setattr(Path, "rename", crashing)


RENAMES = len(FILES) + 1  # each file arrives by one, and the whole appears by one


def inodes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_ino
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


@pytest.mark.parametrize("die", [by_exception, by_exit])
@pytest.mark.parametrize("step", range(2 * RENAMES))
def test_after_a_crash_publishing_again_converges(
    bucket: LocalBucket, files: list[ResultFile], step: int, die: Callable[[], None]
) -> None:
    def publish() -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            crash_at(step, die, monkeypatch)
            bucket.publish("k", files, ABOUT)

    if die is by_exit:
        assert in_child(publish) == 9
    else:
        with pytest.raises(Crash):
            publish()
    appeared = step == 2 * RENAMES - 1
    assert (bucket.manifest("k") is not None) == appeared
    arrived = inodes(bucket.folder / "k" if appeared else bucket.folder / ARRIVING / "k")
    assert len(arrived) == min((step + 1) // 2, len(FILES))
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)
    assert arrived.items() <= inodes(bucket.folder / "k").items(), "a file that had arrived was copied again"


@pytest.mark.parametrize("die", [by_exception, by_exit])
def test_after_a_crash_within_a_file(bucket: LocalBucket, files: list[ResultFile], die: Callable[[], None]) -> None:
    def half(source: Path, target: Path) -> str:
        target.write_bytes(source.read_bytes()[:2])
        die()
        return ""

    def publish() -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(local_copying, "_copy", half)
            bucket.publish("k", files, ABOUT)

    if die is by_exit:
        assert in_child(publish) == 9
    else:
        with pytest.raises(Crash):
            publish()
    assert bucket.manifest("k") is None
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)


def test_what_arrived_of_another_attempt_is_compared_by_content(
    bucket: LocalBucket, files: list[ResultFile], tmp_path: Path
) -> None:
    same_size = {**FILES, "a.txt": "two"}
    write_files(bucket.folder / ARRIVING / "k", same_size)
    bucket.publish("k", files, ABOUT)
    check(bucket.folder, FILES)


def test_a_file_that_is_gone_publishes_nothing(bucket: LocalBucket, files: list[ResultFile]) -> None:
    files[1].path.unlink()
    with pytest.raises(FileNotFoundError):
        bucket.publish("k", files, ABOUT)
    assert bucket.manifest("k") is None


ROUNDS = 150


def race(folder: Path, source: list[ResultFile], number: int, start: Any, told: Any) -> None:
    bucket = LocalBucket(folder)
    said = []
    for round_ in range(ROUNDS):
        start.wait()
        said.append(bucket.publish(f"{round_}", source, {"by": number}))
        if round_ % 2:
            bucket.put(bucket.location(f"{round_}"), "metadata.nd.json", b"{}")
    told.put(said)


def test_two_that_publish_at_once(tmp_path: Path) -> None:
    contents = [{"a.txt": f"of {number}", f"only {number}.txt": "", "sub/b.txt": "same"} for number in (0, 1)]
    sources = [results(tmp_path / str(number), content) for number, content in enumerate(contents)]
    start, told = FORK.Barrier(2), FORK.Queue()
    processes = [FORK.Process(target=race, args=(tmp_path / "bucket", sources[n], n, start, told)) for n in (0, 1)]
    for process in processes:
        process.start()
    one, other = told.get(timeout=60), told.get(timeout=60)
    for process in processes:
        process.join()
    assert one == other
    for round_, manifest in enumerate(one):
        (tmp_path / "bucket" / str(round_) / "metadata.nd.json").unlink(missing_ok=True)
        assert check(tmp_path / "bucket", contents[manifest["by"]], str(round_)) == manifest


def test_put(bucket: LocalBucket, files: list[ResultFile]) -> None:
    bucket.publish("k", files, ABOUT)
    for content in (b"first", b"second"):
        bucket.put(bucket.location("k"), "metadata.nd.json", content)
        assert (bucket.folder / "k" / "metadata.nd.json").read_bytes() == content
    assert not list((bucket.folder / ARRIVING).iterdir())


def test_sizes(bucket: LocalBucket, files: list[ResultFile]) -> None:
    location = bucket.publish("k", files, {})["location"]
    sizes = bucket.sizes(location)
    assert sizes.pop("manifest.json") > 0
    assert sizes == {file.name: file.path.stat().st_size for file in files}
    assert bucket.sizes(bucket.location("none")) == {}


def test_nothing_is_put_where_nothing_is_published(bucket: LocalBucket) -> None:
    with pytest.raises(FileNotFoundError):
        bucket.put(bucket.location("k"), "metadata.nd.json", b"{}")
    assert not (bucket.folder / "k").exists()


def test_a_manifest_that_is_too_large_is_not_read(bucket: LocalBucket) -> None:
    (bucket.folder / "k").mkdir(parents=True)
    with (bucket.folder / "k" / "manifest.json").open("wb") as file:
        file.truncate(LARGEST_MANIFEST + 1)  # a hole, which takes no room
    with pytest.raises(Damaged, match=r"the manifest of k in .* is damaged: it is too large \(500(\.0)? MB\)"):
        bucket.manifest("k")


# File systems that take other names, and buckets that are shared


@pytest.fixture
def foreign(windows_disk: Path) -> LocalBucket:  # noqa: F811
    return LocalBucket(windows_disk / "bucket")


MET = "of 2 files 1 arrived in the bucket .*, as its file system takes some names for the same: 'Unit.txt', 'unit.txt'"
NO_NAME = "the results hold .*, a name that the file system of the bucket .* refuses .Invalid argument.; choose another"


@pytest.mark.parametrize(
    ("names", "said"),
    [(["Unit.txt", "unit.txt"], MET), (['a"b?.txt', "b.txt"], NO_NAME), (["b.txt", "so: it/c.txt"], NO_NAME)],
    ids=["capitals", "signs", "signs of a folder"],
)
def test_names_that_its_file_system_does_not_keep(
    foreign: LocalBucket, tmp_path: Path, names: list[str], said: str
) -> None:
    files = results(tmp_path / "results", {name: name for name in names})
    with pytest.raises(RefusedName, match=said):
        foreign.publish("k", files, ABOUT)
    assert foreign.manifest("k") is None
    assert list((foreign.folder / ARRIVING).iterdir()) == []
    content = {"Unit.txt": "one", "Sub/Unit.txt": "other", "ü 日本.txt": ""}
    manifest = foreign.publish("k", results(tmp_path / "other", content), ABOUT)
    assert {line["path"] for line in manifest["files"]} == set(content)


@needs_users
@pytest.mark.parametrize("mode", [0o2775, 0o0775, 0o0777], ids=oct)
def test_users_of_one_group_publish_to_one_bucket(commons: Path, mode: int) -> None:  # noqa: F811
    bucket = LocalBucket(folder_of(commons / "bucket", ALICE, mode))
    files = results(commons / "results")
    assert as_user(ALICE, lambda: bucket.publish("a", files, ABOUT)) == 0

    def die() -> None:
        with bucket._arriving("b") as arriving:
            local_copying.copy_all(files[1:2], arriving, bucket.folder)
            os._exit(7)

    assert as_user(ALICE, die) == 7
    assert as_user(BOB, bucket.check) == 0
    assert as_user(BOB, lambda: bucket.publish("b", files, ABOUT)) == 0  # what another's dead attempt left is taken up
    assert as_user(BOB, lambda: bucket.put(bucket.location("a"), "metadata.nd.json", b"{}")) == 0
    assert as_user(ALICE, lambda: bucket.put(bucket.location("a"), "metadata.nd.json", b"[]")) == 0
    check(bucket.folder, FILES, "b")
    assert mode_of(bucket.folder / "b") & 0o777 == mode & 0o777


@needs_users
def test_what_publishing_needs_is_tried_before_any_job_starts(commons: Path) -> None:  # noqa: F811
    bucket = LocalBucket(folder_of(commons / "bucket", ALICE, 0o2775))
    files = results(commons / "results")
    assert as_user(ALICE, lambda: bucket.publish("a", files, ABOUT)) == 0
    (bucket.folder / ARRIVING).chmod(0o755)  # as older versions left it

    def refused() -> None:
        with pytest.raises(InvalidInput) as error:
            bucket.check()
        assert str(error.value) == (
            f"the bucket {bucket.folder} cannot be written: {bucket.folder}/.arriving belongs to {user_name(ALICE)} "
            f"(group {group_name(LAB)}, mode 0755): ask for `chmod g+w {bucket.folder}/.arriving`; or give --bucket "
            "another folder"
        )

    assert as_user(BOB, refused) == 0
    assert as_user(ALICE, bucket.check) == 0


def test_of_results_that_come_at_once_on_a_full_disk_one_that_fits_is_published(
    bucket: LocalBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four at once, of which the disk takes one: the border, what a full disk says, is faked."""
    meet, copy = threading.Barrier(4), local_copying._copy
    first = threading.local()

    def full(source: Path, target: Path) -> str:
        checksum = copy(source, target)
        if not getattr(first, "done", False):
            first.done = True
            meet.wait(30)  # each has brought its file when the others look
        taken = sum(file.size for key in "klmn" for file in bucket.files(key).values())
        if taken > 150:
            target.write_bytes(b"x" * 20)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return checksum

    monkeypatch.setattr(local_copying, "_copy", full)
    files = {key: results(tmp_path / key, {"a": key * 100}) for key in "klmn"}

    def publish(key: str) -> str:
        try:
            bucket.publish(key, files[key], ABOUT)
        except OSError as error:
            return os.strerror(error.errno or 0)
        return "done"

    with ThreadPoolExecutor(4) as threads:
        said = sorted(threads.map(publish, files))
    assert said == ["No space left on device"] * 3 + ["done"]
    assert not list((bucket.folder / ARRIVING).iterdir())


def test_a_record_for_which_there_is_no_room_leaves_nothing(
    bucket: LocalBucket, files: list[ResultFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.publish("k", files, ABOUT)

    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        bucket.put(bucket.location("k"), "metadata.nd.json", b"{}")
    assert not list((bucket.folder / ARRIVING).iterdir())
    check(bucket.folder, FILES)


# The code of analyses


def test_code_is_kept_once(bucket: LocalBucket) -> None:
    assert bucket.code("00ff") is None
    for archive in (b"first", b"second"):
        bucket.keep_code("00ff", archive)
        assert bucket.code("00ff") == b"first"
    assert [path.name for path in (bucket.folder / CODE).iterdir()] == ["00ff.tar.gz"]
    assert list(bucket.folders()) == []


def test_nobody_waits_for_a_pipe_in_the_place_of_a_file(bucket: LocalBucket, files: list[ResultFile]) -> None:
    bucket.publish("k", files, ABOUT)
    bucket.keep_code("00ff", b"code")
    for path in (bucket.folder / CODE / "00ff.tar.gz", bucket.folder / "k" / files[0].name):
        path.unlink()
        os.mkfifo(path)
    for read in (
        lambda: bucket.code("00ff"),
        lambda: bucket.sha256("k", files[0].name),
        lambda: bucket.download(bucket.location("k"), files[0].name, bucket.folder / "copy"),
        lambda: bucket.publish("k2", [ResultFile("a", bucket.folder / "k" / files[0].name)], ABOUT),
    ):
        with pytest.raises(OSError, match="it is a pipe, not a file"):
            read()


def test_code_by_many_at_once(bucket: LocalBucket) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: bucket.keep_code("00ff", b"%d" % number * 100_000), range(8)))
    kept = bucket.code("00ff")
    assert kept and kept == kept[:1] * 100_000
    assert not list((bucket.folder / ARRIVING).iterdir())


def test_code_of_a_writer_that_died(bucket: LocalBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an archive is no archive, no result and nothing that is in the way."""

    def die() -> None:
        monkeypatch.setattr(Path, "rename", lambda *_: os._exit(9))
        bucket.keep_code("00ff", b"half")

    assert in_child(die) == 9
    assert (bucket.folder / ARRIVING / CODE / "00ff.tar.gz").exists()
    assert bucket.code("00ff") is None
    assert list(bucket.folders()) == []
    bucket.keep_code("00ff", b"whole")
    assert bucket.code("00ff") == b"whole"
    assert not list((bucket.folder / ARRIVING).iterdir())


def test_what_is_cleared_is_gone_with_its_folders_and_the_rest_stays(
    bucket: LocalBucket, files: list[ResultFile]
) -> None:
    for key in "kl":
        bucket.publish(key, files, {**ABOUT, "key": key})
    write_files(bucket.folder / "k", {"notes.txt": "mine"})
    there = bucket.many_files(["k", "l", "none"])
    assert (there["k"].keys(), there["none"]) == (bucket.files("k").keys(), {})
    names = {key: bucket.belongings(key, some, recorded=True) for key, some in there.items()}
    assert "notes.txt" not in names["k"]
    assert bucket.clear(names) == {}
    assert {path.name for path in bucket.folder.rglob("*")} == {ARRIVING, "k", "notes.txt"}


def test_somebody_who_writes_there_is_not_disturbed(bucket: LocalBucket, files: list[ResultFile]) -> None:
    bucket.publish("k", files, ABOUT)
    with bucket._arriving("k"):
        assert bucket.clear({"k": list(bucket.files("k"))}) == {"k": "somebody is writing there"}
    assert bucket.manifest("k") is not None


def test_the_manifest_is_the_last_to_go(
    bucket: LocalBucket, files: list[ResultFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.publish("k", files, ABOUT)
    gone: list[str] = []
    unlink = Path.unlink

    def noted(path: Path, *arguments: object, **options: object) -> None:
        gone.append(path.name)
        unlink(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "unlink", noted)
    assert bucket.clear({"k": sorted(bucket.files("k"), reverse=True)}) == {}
    assert gone.index(MANIFEST) == len(gone) - 1


def test_a_bucket_is_there_or_could_be_made(tmp_path: Path) -> None:
    assert LocalBucket(tmp_path / "bucket").is_there()
    assert not LocalBucket(tmp_path / "disk" / "bucket").is_there()


@needs_users
def test_what_one_may_not_remove_is_said_with_whose_it_is(commons: Path) -> None:  # noqa: F811
    folder = write_files(commons / "bucket" / "k", {"a.txt": "a"})
    folder.chmod(0o555)
    (commons / "bucket").chmod(0o777)

    def clear() -> None:
        (why,) = LocalBucket(commons / "bucket").clear({"k": ["a.txt"]}).values()
        assert why.startswith(f"{folder} belongs to {user_name(0)}"), why

    assert as_user(ALICE, clear) == 0
