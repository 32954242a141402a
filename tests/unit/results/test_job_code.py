"""The code that jobs ran: found by its digest, and the files in which two versions differ."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.samples import ANALYSIS, RUN, write_files
from support.shelf import Shelf

from analysis_jobs.analysis.archive import ArchivedCode, archive_of
from analysis_jobs.bucket.local import LocalBucket
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.results.job_code import (
    JobCode,
    PresentCode,
    code_of_job,
    file_differences,
    present_code,
    same_code,
)


def code(entry: str = "a.py", kind: Any = "file", **files: str) -> ArchivedCode:
    return ArchivedCode(kind, entry, {f"{name}.py": content.encode() for name, content in files.items()})


OLD = code(a="import b\nx = 1\ny = 2\n", b="B = 1\n", gone="G = 1\nH = 2\n")
NEW = code(a="import b\nx = 3\ny = 2\n", b="B = 1\r\n", new="N = 1")


def test_files_added_removed_and_changed() -> None:
    changed, gone, new = file_differences(OLD, NEW)
    assert (changed.file, changed.change, changed.added, changed.removed) == ("a.py", "changed", 1, 1)
    assert changed.diff == "--- A/a.py\n+++ B/a.py\n@@ -1,3 +1,3 @@\n import b\n-x = 1\n+x = 3\n y = 2"
    assert (gone.file, gone.change, gone.added, gone.removed) == ("gone.py", "removed", 0, 2)
    assert gone.diff == "--- A/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-G = 1\n-H = 2"
    assert (new.file, new.change, new.added, new.removed) == ("new.py", "added", 1, 0)
    assert new.diff == "--- /dev/null\n+++ B/new.py\n@@ -0,0 +1 @@\n+N = 1\n\\ No newline at end of file"
    assert file_differences(OLD, OLD) == []


def test_a_file_that_was_renamed_is_the_same_file() -> None:
    assert file_differences(code(a="x = 1\n"), code("b.py", b="x = 1\n")) == []
    (renamed,) = file_differences(code(a="x = 1\n"), code("b.py", b="x = 2\n"))
    assert renamed.diff.startswith("--- A/a.py\n+++ B/b.py\n")


def test_a_file_that_is_gone_has_its_own_name() -> None:
    gone, new = file_differences(code(a="x = 1\n"), code("analysis.py", "folder", analysis="x = 1\n"))
    assert (gone.file, gone.change, new.file, new.change) == ("a.py", "removed", "analysis.py", "added")


def test_bytes_of_another_encoding_are_told_apart() -> None:
    old, new = (ArchivedCode("file", "a.py", {"a.py": f"# {letter}\n".encode("latin-1")}) for letter in "éè")
    (changed,) = file_differences(old, new)
    assert (changed.added, changed.removed) == (1, 1)
    assert changed.diff.endswith("-# \\xe9\n+# \\xe8")


def test_the_same_by_which_identity() -> None:
    old, new = code(a='"Doc."\nx = 1'), code(a="x = 1  # one")
    a, b = JobCode(old.digest(), old), JobCode(new.digest(), new)
    assert same_code(a, b) == {"files": False, "syntax": True}
    assert same_code(a, a) == {"files": True, "syntax": True}
    assert same_code(a, JobCode(OLD.digest(), OLD)) == {"files": False, "syntax": False}
    assert same_code(a, JobCode(new.digest())) == {"files": False}
    assert same_code(JobCode("00ff"), JobCode("00ff")) == {"files": True, "syntax": True}
    assert same_code(a, JobCode(None)) == {}


def test_the_code_as_it_is_now(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": f"import b\n{ANALYSIS}", "b.py": "é = 1"})
    (tmp_path / "b.py").write_bytes(b"\xff")
    now = present_code(json.loads(json.dumps({"kind": "file", "entry": "b.py", "files": {"b.py": "\udcff"}})))
    assert now.archived and now.archived.files == {"b.py": b"\xff"}
    (tmp_path / "b.py").write_text("é = 1")
    values = json.loads(json.dumps(PresentCode(str(tmp_path / "units.py")).as_json()))
    assert set(values["files"]) == {"units.py", "b.py"}
    assert present_code(values).digest == present_code(values).archived.digest()


@pytest.fixture
def bucket(shelf: Shelf) -> LocalBucket:
    shelf.bucket.keep_code(OLD.digest(), archive_of(OLD))
    return shelf.bucket


def found(shelf: Shelf, key: str, bucket: Any = None) -> JobCode:
    parts = shelf.store.job_states([key], whole=True)[key]["parts"]
    return code_of_job(key, parts, shelf.store.records([key]).get(key), lambda: bucket or shelf.bucket)


def test_found_by_its_digest(shelf: Shelf, bucket: LocalBucket, tmp_path: Path) -> None:
    run = {**RUN, "pipeline": {**RUN["pipeline"], "name": PIPELINE_NAME}}
    key = shelf.done(["in"], {}, code=f"sha256:{OLD.digest()}", run=run)
    assert found(shelf, key) == JobCode(OLD.digest(), OLD)
    # Also where another bucket is asked first
    assert found(shelf, key, LocalBucket(tmp_path / "none")) == JobCode(OLD.digest(), OLD)


@pytest.mark.parametrize("identity", ["version:1", "syntax:00ff"])
def test_found_by_the_manifest(shelf: Shelf, bucket: LocalBucket, identity: str) -> None:
    run = {**RUN, "source": {"kind": "file", "path": "/lab/a.py", "digest": OLD.digest()}}
    assert found(shelf, shelf.done(["in"], {}, code=identity, run=run)) == JobCode(OLD.digest(), OLD)


def test_without_an_archive(shelf: Shelf) -> None:
    missing = found(shelf, shelf.done(["in"], {}, code="sha256:00ff"))
    assert (missing.digest, missing.archived) == ("00ff", None)
    assert missing.why.startswith(f"there is no archive of sha256:00ff in {shelf.bucket.location('_code')}, as after a")


def test_of_an_unknown_digest(shelf: Shelf) -> None:
    unknown = found(shelf, shelf.done(["in"], {}, code="version:1"))
    assert (unknown.digest, unknown.why) == (
        None,
        "the digest of its files is not recorded, only version:1",
    )


def test_a_damaged_archive(shelf: Shelf) -> None:
    shelf.bucket.keep_code(NEW.digest(), archive_of(OLD))
    damaged = found(shelf, shelf.done(["in"], {}, code=f"sha256:{NEW.digest()}"))
    assert damaged.archived is None
    assert "is damaged: its files are others" in damaged.why
    shelf.bucket.keep_code("00ff", b"")
    assert (
        "the archive of the code sha256:00ff is damaged" in found(shelf, shelf.done(["in"], {}, code="sha256:00ff")).why
    )


def test_a_bucket_that_does_not_let_it_be_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError("AccessDenied")

    key = shelf.done(["in"], {}, code="sha256:00ff")
    monkeypatch.setattr(LocalBucket, "code", refuse)
    place = shelf.bucket.location("_code")
    assert found(shelf, key) == JobCode("00ff", why=f"its archive in {place} cannot be read: AccessDenied")
