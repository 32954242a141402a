"""The workflows of GitHub: right by schema and actionlint, with actions of a fixed version and few rights."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
# A whole commit, or a branch or tag of a major version
FIXED = re.compile(r"[\w-]+/[\w./-]+@([0-9a-f]{40}|v\d+|release/v\d+)")


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    # YAML takes `on` for true
    return dict(yaml.safe_load(request.param.read_text()))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def checked(folder: Path, path: str) -> "subprocess.CompletedProcess[str]":
    """Call tools/check-workflows in a folder that has the tools of the environment of these tests."""
    (folder / "tools").mkdir(exist_ok=True)
    shutil.copy2(PROJECT / "tools" / "check-workflows", folder / "tools")
    venv = folder / ".venv" / "bin"
    venv.mkdir(parents=True, exist_ok=True)
    (venv / "check-jsonschema").unlink(missing_ok=True)
    (venv / "check-jsonschema").symlink_to(Path(sys.executable).with_name("check-jsonschema"))
    return subprocess.run(
        ["bash", "tools/check-workflows"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A checkout that has nothing but the workflows, and is none of git."""
    shutil.copytree(PROJECT / ".github", tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # by which actionlint finds them
    return tmp_path


def test_they_are_right(copied: Path) -> None:
    ended = checked(copied, os.environ["PATH"])
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_what_is_no_workflow_is_found(copied: Path) -> None:
    (copied / ".github" / "workflows" / "odd.yml").write_text("on: push\njobs:\n  a:\n    runs_on: ubuntu-latest\n")
    ended = checked(copied, os.environ["PATH"])
    assert ended.returncode == 1
    assert "odd.yml" in ended.stdout + ended.stderr


def test_without_actionlint_that_is_said(copied: Path) -> None:
    programs = copied / "programs"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or name)
    ended = checked(copied, str(programs))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "Workflows: checked against their schema alone, as actionlint is not on PATH.\n"


def test_what_actionlint_finds_counts(copied: Path) -> None:
    fake = copied / "programs" / "actionlint"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho an odd expression\nexit 1\n")
    fake.chmod(0o755)
    ended = checked(copied, f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    assert (ended.returncode, ended.stdout) == (1, "an odd expression\n")


def test_actions_have_a_fixed_version(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [action for action in used if not FIXED.fullmatch(action)] == []


def test_rights_are_given_job_by_job(workflow: dict[str, Any]) -> None:
    """A job may write only where it says so, and none may write everything."""
    assert workflow["permissions"] in ({}, {"contents": "read"})
    given = {name: job.get("permissions", {}) for name, job in workflow["jobs"].items()}
    writes = {name: {right for right, how in rights.items() if how == "write"} for name, rights in given.items()}
    assert {name: rights for name, rights in writes.items() if rights} == {
        "CI": {"publish": {"pages", "id-token"}},
        "Release": {"images": {"packages"}, "package": {"id-token"}, "page": {"contents"}},
    }[workflow["name"]]


def test_no_checkout_keeps_its_token(workflow: dict[str, Any]) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_job_ends_in_time(workflow: dict[str, Any]) -> None:
    assert all(job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())


def test_no_expression_gets_into_a_script(workflow: dict[str, Any]) -> None:
    """What somebody can choose, as a tag, would be run; it comes in variables."""
    assert [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")] == []


def test_a_release_starts_with_a_tag_of_make_release() -> None:
    (release,) = (path for path in WORKFLOWS if path.stem == "release")
    assert yaml.safe_load(release.read_text())[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}


def test_make_targets_are_there(workflow: dict[str, Any]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    called = {target for step in steps(workflow) for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", ""))}
    assert called <= targets


def test_every_python_that_is_allowed_is_tested() -> None:
    (ci,) = (path for path in WORKFLOWS if path.stem == "ci")
    tested = yaml.safe_load(ci.read_text())["jobs"]["test"]["strategy"]["matrix"]["python"]
    (others,) = re.findall(r"for version in ([\d. ]+); do", (PROJECT / "tools" / "test-pythons").read_text())
    assert tested == others.split()
