"""The steps of a release: what is refused, and that nothing is left of one that fails."""

from collections.abc import Callable
from pathlib import Path

import pytest
from release.refusal import Refused
from release.repository import Repository
from release.steps import release

from .conftest import Fake


def state(project: Repository) -> tuple[object, ...]:
    """Return all that a release changes."""
    dist = project.folder / "dist"
    return (
        project.git("for-each-ref"),
        project.branch(),
        project.changes(),
        project.git("worktree", "list"),
        sorted(path.name for path in dist.iterdir()) if dist.exists() else [],
    )


def refused(project: Repository, version: str = "0.2.0") -> str:
    """Return why there is no release, having seen that all is as it was."""
    before = state(project)
    with pytest.raises(Refused) as why:
        release(project, version, [], print)
    assert state(project) == before
    return str(why.value)


def change(project: Repository) -> None:
    (project.folder / "new").write_text("")


def two_changes(project: Repository) -> None:
    change(project)
    (project.folder / "README.md").write_text("")


def other_branch(project: Repository) -> None:
    project.git("switch", "--quiet", "--create", "side")


def no_branch(project: Repository) -> None:
    project.git("switch", "--quiet", "--detach")


def released_before(project: Repository) -> None:
    project.git("tag", "v0.2.0")


def behind(project: Repository) -> None:
    """The remote branch has a commit that is not here."""
    project.git("commit", "--quiet", "--allow-empty", "--message", "Theirs")
    project.git("update-ref", "refs/remotes/origin/main", "HEAD")
    project.git("reset", "--quiet", "--hard", "HEAD~1")


def nothing_told(project: Repository) -> None:
    (project.folder / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    project.git("commit", "--quiet", "--all", "--message", "Nothing")


def later_version(project: Repository) -> None:
    path = project.folder / "pyproject.toml"
    path.write_text(path.read_text().replace("0.1.0", "0.3.0"))
    project.git("commit", "--quiet", "--all", "--message", "Later")


def overdue(project: Repository) -> None:
    path = project.folder / "functions" / "parameters.nf"
    path.parent.mkdir()
    path.write_text("    [old: [now: 'new', gone: '0.2.0']]\n")
    project.git("add", ".")
    project.git("commit", "--quiet", "--all", "--message", "Deprecated")


def overdue_option(project: Repository) -> None:
    path = project.folder / "src" / "analysis_jobs" / "cli" / "deprecated.py"
    path.parent.mkdir(parents=True)
    path.write_text('DEPRECATED = {"list": {"--labelled": Going(now="--tag", gone="0.2.0")}}\n')
    project.git("add", ".")
    project.git("commit", "--quiet", "--all", "--message", "Deprecated")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (change, "new is not committed: commit it, or put it aside (git stash -u)"),
        (two_changes, "README.md and 1 more is not committed"),
        (other_branch, "side is checked out: releases are made on main (git switch main)"),
        (no_branch, "no branch is checked out: releases are made on main"),
        (released_before, "0.2.0 is not newer than 0.2.0, the last release: give a newer one"),
        (behind, "origin/main has commits that are not here: take them in (git pull)"),
        (
            nothing_told,
            "CHANGELOG.md has no line under Unreleased: say there what users notice of 0.2.0",
        ),
        (later_version, "0.2.0 is older than 0.3.0, which pyproject.toml has: give that, or a newer one"),
        (overdue, "functions/parameters.nf still takes what was to go with 0.2.0: remove it"),
        (overdue_option, "src/analysis_jobs/cli/deprecated.py still takes what was to go with 0.2.0: remove it"),
    ],
)
def test_what_is_in_the_way_is_said(
    small: Repository, fake: Fake, spoil: Callable[[Repository], None], why: str
) -> None:
    make = fake("make")
    spoil(small)
    assert refused(small).startswith(why)
    assert make.read_text() == ""  # which takes a minute, and is the last that is asked


@pytest.mark.parametrize("version", ["0.2", "v0.2.0", "0.2.0rc1", "../0.2.0", ""])
def test_odd_versions_are_refused(small: Repository, version: str) -> None:
    assert refused(small, version).endswith("is not a version: give three numbers with dots, such as VERSION=0.2.0")


def test_faults_of_the_code_are_refused(small: Repository, fake: Fake) -> None:
    make = fake("make", "exit 1")
    assert refused(small) == "`make lint` finds faults, see above: fix them, and commit that"
    assert make.read_text() == "--silent lint\n"


def test_a_hook_that_refuses_the_commit(small: Repository, fake: Fake) -> None:
    fake("make")
    hook = small.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    assert refused(small).endswith(": not on a Friday")


def test_images_that_cannot_be_built(small: Repository, fake: Fake) -> None:
    fake("make")
    fake("docker", '[ "$1" = info ]')
    assert refused(small).startswith("the images cannot be built")


def test_somebody_commits_meanwhile(small: Repository, fake: Fake) -> None:
    """While the images are built: then the release would not have that commit."""
    fake("make")
    commit = f"git -C '{small.folder}' commit --quiet --allow-empty --message Meanwhile"
    fake("docker", f'[ "$1" = info ] || {commit}')
    with pytest.raises(Refused, match="`git merge` failed"):
        release(small, "0.2.0", [], print)
    assert small.git("tag") == ""
    assert small.git("log", "-1", "--format=%s") == "Meanwhile"
    assert (small.changes(), list((small.folder / "dist").iterdir())) == ([], [])


def test_a_release(small: Repository, fake: Fake, tmp_path: Path) -> None:
    fake("make")
    fake("docker")
    said: list[str] = []
    before = small.commit()
    made = release(small, "0.2.0", [], said.append)
    assert (made.commit, made.before) == (small.commit(), before)
    assert small.git("rev-parse", "v0.2.0^{commit}", "HEAD^").split() == [made.commit, before]
    assert small.git("cat-file", "-t", "v0.2.0") == "tag"
    assert (small.branch(), small.changes(), small.last_version()) == ("main", [], "0.2.0")
    assert made.images == ["aind-analysis-jobs:0.2.0", "isi-violations:0.2.0"]
    assert all(path.is_file() and "0.2.0" in path.name for path in made.files)
    assert len(said) == 5  # two of them of licences
    path = small.folder / "CHANGELOG.md"
    path.write_text(path.read_text().replace("## [Unreleased]", "## [Unreleased]\n\n- Another word."))
    small.git("commit", "--quiet", "--all", "--message", "Second")
    assert release(small, "0.10.0", [], said.append).before == small.git("rev-parse", "HEAD^")


def test_the_version_that_is_there_may_be_the_first(small: Repository, fake: Fake) -> None:
    """Nothing was released yet, and pyproject.toml has that version."""
    fake("make")
    fake("docker", "exit 1")
    said: list[str] = []
    made = release(small, "0.1.0", [], said.append)
    assert made.images == []
    assert said[-1] == "no images are built: docker does not answer (`docker info` says why)"
