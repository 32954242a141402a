"""All checks together."""

import os
from pathlib import Path

import pytest
from fakes.s3 import S3Server

from analysis_jobs.health.checking import Check
from analysis_jobs.health.diagnosis import fine
from analysis_jobs.health.doctor import checks_of, doctor
from analysis_jobs.health.given import Given

LIMIT = 30  # seconds, for which a launch waits at most


def tree(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def test_each_thing_has_a_line_and_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("NXF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    before = set(tree(tmp_path))
    lines = list(doctor(Given("out"), [Check("more", lambda: [fine("told last")])]))
    checks = dict.fromkeys(line.check for line in lines)
    assert list(checks) == [
        *("python", "path", "versions", "nextflow", "java", "tasks", "store", "bucket", "clock"),
        *("folders", "locale", "variables", "proxies", "packages", "more"),
    ]
    assert not [line for line in lines if "could not be looked at" in line.message]
    assert set(tree(tmp_path)) == before


def test_it_ends_before_a_launch_gives_it_up() -> None:
    for profiles in ({"standard"}, {"docker"}, {"slurm"}):
        assert all(check.seconds <= LIMIT - 5 for check in checks_of(Given(profiles=frozenset(profiles))))


@pytest.mark.slow
def test_a_server_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with S3Server() as s3:
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        s3.make_bucket("hanging")
        s3.hang()
        try:
            lines = list(doctor(Given(str(tmp_path), bucket="s3://hanging")))
        finally:
            s3.go_on()
    (bucket,) = [line for line in lines if line.check == "bucket"]
    assert bucket.level == "wrong"
    assert bucket.message.startswith(
        ("this was not known after 10 s", "S3 cannot be reached", "the bucket s3://hanging did")
    )
    assert any(line.check == "proxies" for line in lines)
    assert os.listdir(tmp_path) == []
