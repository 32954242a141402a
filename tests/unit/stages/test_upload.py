"""UPLOAD: the jobs of a group are published; one job's trouble is that job's alone."""

import errno
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.attempts import write_attempt
from support.samples import RUN, entry, outcome, write_files

from analysis_jobs.analysis.archive import ArchivedCode, archive_of
from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.names import LOG
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.stages.upload import Again, GroupFolders, NotAllThere, publish_code, upload_group


class Group:
    """A group of jobs as ANALYZE leaves them."""

    def __init__(self, folder: Path) -> None:
        self.batches, self.jobs = folder / "batches", folder / "jobs"
        self.folders = GroupFolders(self.batches, self.jobs, folder / "deaths")
        self.bucket = LocalBucket(folder / "bucket")
        self.keys: list[str] = []

    def add(self, key: str, state: str = "done", files: Mapping[str, str] | None = None) -> Path:
        self.expect(key)
        return write_attempt(self.jobs / key / "attempt", outcome(key, state), files or {})

    def expect(self, key: str) -> None:
        self.keys.append(key)
        write_files(self.batches, {f"{key}.json": json.dumps({"jobs": [entry(key)]})})

    def upload(self, **options: Any) -> dict[str, dict[str, Any]]:
        found = upload_group(self.folders, self.bucket, RUN, **{"dry_run": False, **options})
        assert sorted(each["key"] for each in found) == sorted(self.keys)
        return {each["key"]: each for each in found}


@pytest.fixture
def group(tmp_path: Path) -> Group:
    return Group(tmp_path)


def test_each_becomes_what_it_is(group: Group) -> None:
    group.add("done", files={"a.txt": "a", "sub/b.txt": "b"})
    group.add("bare")
    group.add("empty", "empty")
    group.add("failed", "failed")
    group.expect("lost")
    found = group.upload()
    assert {key: each["state"] for key, each in found.items()} == {
        "done": "done",
        "bare": "done",
        "empty": "empty",
        "failed": "failed",
        "lost": "failed",
    }
    assert found["lost"]["error"]["cause"] == "infrastructure"
    assert found["lost"]["error"]["message"].startswith("the ANALYZE task of this job died before it could report")
    assert found["lost"]["error"]["type"] == "TaskDied"
    assert found["empty"] == outcome("empty", "empty")
    assert found["done"] == {
        "manifest_version": 1,
        **outcome("done"),
        "run": RUN,
        "location": str(group.bucket.folder / "done"),
    }
    assert sorted(path.name for path in group.bucket.folder.iterdir() if path.name[0] != ".") == ["bare", "done"]
    assert {path.name for path in (group.bucket.folder / "bare").iterdir()} == {"manifest.json", LOG}
    assert (group.bucket.folder / "done" / LOG).read_text() == "log of done"


def test_batches_of_several(group: Group) -> None:
    group.add("1")
    group.add("2")
    (group.batches / "1.json").unlink()
    write_files(group.batches, {"2.json": json.dumps({"jobs": [entry("1"), entry("2")]})})
    assert list(group.upload()) == ["1", "2"]


def test_again(group: Group) -> None:
    group.add("k", files={"a.txt": "a"})
    first = group.upload()
    assert group.upload() == first


def test_another_run_that_was_first_is_told(group: Group, tmp_path: Path) -> None:
    other = Group(tmp_path / "other")
    other.bucket = group.bucket
    other.expect("k")
    write_attempt(other.jobs / "k" / "theirs", outcome("k", attempt=7), {"a.txt": "other"})
    other.upload()
    group.add("k", files={"a.txt": "mine"})
    assert group.upload()["k"]["attempt"] == 7
    assert (group.bucket.folder / "k" / "a.txt").read_text() == "other"


def test_a_dry_run_publishes_nothing(group: Group) -> None:
    group.add("k", files={"a.txt": "a"})
    assert group.upload(dry_run=True)["k"]["state"] == "done"
    assert not group.bucket.folder.exists()


def error_of(found: Mapping[str, Any]) -> dict[str, Any]:
    assert found["state"] == "failed"
    assert (found["error"]["stage"], found["error"]["cause"]) == ("upload", "infrastructure")
    return dict(found["error"])


def test_trouble_of_one_job_is_its_own(group: Group) -> None:
    group.add("fine", files={"a.txt": "a"})
    group.add("in the way")
    write_files(group.bucket.folder, {"in the way": "a file"})
    (group.add("no log") / LOG).unlink()
    found = group.upload()
    assert found["fine"]["state"] == "done"
    assert error_of(found["in the way"])["message"].startswith(
        f"the results could not be published to {group.bucket.folder}/in the way: "
    )
    assert error_of(found["no log"])["type"] == "ChangedResults"


@pytest.mark.parametrize("content", ["[]", "", "{", '{"location": "/x", "files": [{"size": 1}]}'])
def test_a_manifest_that_is_none_is_replaced(group: Group, content: str) -> None:
    """What is not published whole is not in the way of a result that is; it is set aside, and the others go on."""
    for key in ("damaged", "one", "two", "three"):
        group.add(key, files={"a.txt": key})
    write_files(group.bucket.folder, {"damaged/manifest.json": content, "damaged/notes.txt": "mine"})
    assert {each["state"] for each in group.upload().values()} == {"done"}
    assert group.bucket.sha256("damaged", "a.txt")
    (aside,) = (group.bucket.folder / ".set-aside" / "damaged").iterdir()
    assert (aside / "notes.txt").read_text() == "mine"
    assert (aside / "manifest.json").read_text() == content


@pytest.mark.parametrize("damage", ["other", "longer", None])
def test_what_is_published_is_read_before_it_counts(group: Group, damage: str | None) -> None:
    """A damaged one is replaced by the new one; one that is whole stays, whatever the new one is."""
    attempt = group.add("k", files={"a.txt": "first"})
    group.upload()
    published = group.bucket.folder / "k" / "a.txt"
    if damage:
        published.write_text("fir  " if damage == "other" else damage)
    shutil.rmtree(attempt)
    write_attempt(attempt, outcome("k"), {"a.txt": "second"})
    assert group.upload()["k"]["state"] == "done"
    assert published.read_text() == ("second" if damage else "first")


def test_what_cannot_be_read_is_not_replaced(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be whole: as what somebody else has published, who lets nobody read it."""
    group.add("k", files={"a.txt": "first"})
    group.upload()

    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(LocalBucket, "sha256", refuse)
    assert "Permission denied" in error_of(group.upload()["k"])["message"]
    assert (group.bucket.folder / "k" / "a.txt").read_text() == "first"


def test_a_file_that_changed_in_its_content_alone(group: Group) -> None:
    folder = group.add("k", files={"a.txt": "a"})
    write_files(folder, {"results/a.txt": "b"})
    error = error_of(group.upload()["k"])
    assert "a.txt has other content than the analysis left" in error["message"]
    assert group.bucket.manifest("k") is None


def test_a_link_to_what_is_elsewhere_is_not_left_out(group: Group) -> None:
    (group.add("k") / "results" / "link.txt").symlink_to("/of/the/host/that/computed.txt")
    error = error_of(group.upload()["k"])
    assert "link.txt" in error["message"]
    assert group.bucket.manifest("k") is None


def test_what_is_not_all_there_is_waited_for_once(group: Group) -> None:
    group.add("fine", files={"a.txt": "a"})
    (group.add("late", files={"b.txt": "b"}) / "results" / "b.txt").rename(group.jobs / "b.txt")
    with pytest.raises(NotAllThere, match=r"^late$"):
        group.upload(again=Again(missing=True))
    assert group.bucket.manifest("fine") is not None
    assert group.bucket.manifest("late") is None
    error = error_of(group.upload()["late"])
    assert "the results are not as the analysis left them (missing: b.txt)" in error["message"]
    (group.jobs / "b.txt").rename(group.jobs / "late" / "attempt" / "results" / "b.txt")
    assert group.upload(again=Again(missing=True))["late"]["state"] == "done"


def test_of_two_attempts_one_is_published(group: Group) -> None:
    folder = group.add("k", files={"today.txt": "mine", "same.txt": "mine"})
    write_attempt(folder.parent / "other", outcome("k"), {"yesterday.txt": "other", "same.txt": "other"})
    assert group.upload()["k"]["state"] == "done"
    names = {path.name for path in (group.bucket.folder / "k").iterdir()} - {"manifest.json", LOG}
    assert names in ({"today.txt", "same.txt"}, {"yesterday.txt", "same.txt"})
    assert (group.bucket.folder / "k" / "same.txt").read_text() == ("mine" if "today.txt" in names else "other")


def test_a_job_whose_task_died_has_its_cause(group: Group) -> None:
    group.expect("lost")
    group.expect("other")
    death = {"exit": 137, "reason": "", "work": "/scratch/ab/cd", "executor": "slurm", "job": "17"}
    write_files(group.folders.deaths, {"analyze-lost.json": json.dumps(death)})
    found = group.upload()
    assert {key: each["error"]["type"] for key, each in found.items()} == {"lost": "SIGKILL", "other": "TaskDied"}


def test_a_full_disk_of_the_bucket_is_waited_for_and_then_that_jobs_alone(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.add("large", files={"x": "x"})
    group.add("small", files={"x": "x"})
    publish = LocalBucket.publish

    def fill(bucket: LocalBucket, key: str, *more: Any) -> Any:
        if key == "large":
            raise OSError(errno.ENOSPC, "No space left on device")
        return publish(bucket, key, *more)

    monkeypatch.setattr(LocalBucket, "publish", fill)
    said = r"^the results of 1 job could not be published to .*, as its disk is full: free some space$"
    with pytest.raises(ServiceUnavailable, match=said):
        group.upload(again=Again(no_room=True))
    assert group.bucket.manifest("small")
    found = group.upload()
    assert (found["small"]["state"], found["large"]["state"]) == ("done", "failed")
    assert "its disk is full: free some space; free or fix it, then launch again" in found["large"]["error"]["message"]


def test_a_disk_that_was_full_when_jobs_ran_is_warned_of(group: Group, caplog: pytest.LogCaptureFixture) -> None:
    error = {"stage": "analyze", "cause": "infrastructure", "type": "NoRoom", "message": "full"}
    group.expect("full")
    write_attempt(group.jobs / "full" / "attempt", outcome("full", "failed", error=error), {})
    group.upload()
    assert "1 job failed because the disk that the analysis ran on was full: free some space" in caplog.text


def test_a_name_that_the_bucket_refuses_is_the_jobs_own_failure(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if "?" in target.name:
            raise OSError(errno.EINVAL, "Invalid argument")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)  # as file systems of other systems do
    group.add("odd", files={"a?.txt": "", "b.txt": "b"})
    group.add("good", files={"b.txt": "b"})
    found = group.upload()
    assert found["good"]["state"] == "done"
    error = found["odd"]["error"]
    assert (error["stage"], error["cause"], error["type"]) == ("analyze", "analysis", "RefusedName")
    assert error["message"].startswith("the results hold 'a?.txt', a name that the file system of the bucket")
    assert not (group.bucket.folder / "odd").exists()


# The code that ran

CODE_THAT_RAN = ArchivedCode("file", "units.py", {"units.py": b"VALUE = 1"})
DIGEST = CODE_THAT_RAN.digest()
LAUNCH = {**RUN, "source": {"kind": "file", "path": "/lab/units.py", "digest": DIGEST}}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "sources.tar.gz"
    path.write_bytes(archive_of(CODE_THAT_RAN))
    return path


def test_code_is_published(group: Group, sources: Path) -> None:
    for _ in range(2):
        publish_code(sources, group.bucket, LAUNCH)
    assert group.bucket.code(DIGEST) == sources.read_bytes()


def test_no_code_where_none_is_to_be_published(group: Group, sources: Path) -> None:
    sources.write_bytes(b"")
    publish_code(sources, group.bucket, LAUNCH)
    assert not group.bucket.folder.exists()


def test_other_code_than_the_jobs_ran_is_not_published(
    group: Group, sources: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As where it has not come whole from another machine; the results are published nevertheless."""
    sources.write_bytes(sources.read_bytes()[:-20])
    publish_code(sources, group.bucket, LAUNCH)
    assert group.bucket.code(DIGEST) is None
    assert "the code could not be published to" in caplog.text


def test_a_bucket_that_refuses_the_code_takes_the_results(
    group: Group, sources: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_files(group.bucket.folder, {"_code": "a file"})
    publish_code(sources, group.bucket, LAUNCH)
    assert f"the code could not be published to {group.bucket.folder}/_code: " in caplog.text
    group.add("done")
    assert group.upload()["done"]["state"] == "done"


def test_all_ends_between_code_and_results(group: Group, sources: Path) -> None:
    """What is left is no result and in nobody's way."""
    publish_code(sources, group.bucket, LAUNCH)
    assert list(group.bucket.folders()) == []
    group.add("done")
    assert group.upload()["done"]["state"] == "done"
    assert [key for key, _ in group.bucket.folders()] == ["done"]
