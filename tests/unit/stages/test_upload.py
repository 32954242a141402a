"""UPLOAD: the jobs of a group are published; one job's trouble is that job's alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.samples import RUN, entry, outcome, write_files

from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.bucket.names import LOG
from analysis_jobs.stages.upload import upload_group
from analysis_jobs.stages.written import written_lines


class Group:
    """A group of jobs as ANALYZE leaves them."""

    def __init__(self, folder: Path) -> None:
        self.batches, self.jobs = folder / "batches", folder / "jobs"
        self.bucket = LocalBucket(folder / "bucket")
        self.keys: list[str] = []

    def add(self, key: str, state: str = "done", files: Mapping[str, str] | None = None) -> Path:
        self.expect(key)
        write_files(self.jobs / key / "results", files or {})
        (self.jobs / key / "results").mkdir(parents=True, exist_ok=True)
        write_files(self.jobs / key, {LOG: f"log of {key}"})
        said = outcome(key, state)
        if state == "done":
            said["written"] = written_lines(self.jobs / key)
        write_files(self.jobs / key, {"outcome.json": json.dumps(said)})
        return self.jobs / key

    def expect(self, key: str) -> None:
        self.keys.append(key)
        write_files(self.batches, {f"{key}.json": json.dumps({"jobs": [entry(key)]})})

    def upload(self, dry_run: bool = False) -> dict[str, dict[str, Any]]:
        found = upload_group(self.batches, self.jobs, self.bucket, RUN, dry_run=dry_run)
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
    other.add("k", files={"a.txt": "other"})
    theirs = {**outcome("k", attempt=7), "written": written_lines(other.jobs / "k")}
    write_files(other.jobs, {"k/outcome.json": json.dumps(theirs)})
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
    group.add("damaged")
    write_files(group.bucket.folder, {"damaged/manifest.json": "{"})
    (group.add("no log") / LOG).unlink()
    found = group.upload()
    assert found["fine"]["state"] == "done"
    assert error_of(found["in the way"])["message"].startswith(
        f"the results could not be published to {group.bucket.folder}/in the way: "
    )
    assert error_of(found["damaged"])["type"] == "Damaged"
    assert error_of(found["no log"])["type"] == "ChangedResults"


def test_a_file_that_changed_in_its_content_alone(group: Group) -> None:
    folder = group.add("k", files={"a.txt": "a"})
    write_files(folder, {"results/a.txt": "b"})
    error = error_of(group.upload()["k"])
    assert "a.txt has another content than the analysis left" in error["message"]
    assert group.bucket.manifest("k") is None


def test_a_link_to_what_is_elsewhere_is_not_left_out(group: Group) -> None:
    (group.add("k") / "results" / "link.txt").symlink_to("/of/the/host/that/computed.txt")
    error = error_of(group.upload()["k"])
    assert "link.txt" in error["message"]
    assert group.bucket.manifest("k") is None
