"""The steps of a release. Until all is built, nothing of them touches the checkout that it is made from."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from release import changelog
from release.dist import make_dist
from release.images import build_images, why_no_images
from release.refusal import Refused
from release.repository import Repository, parsed_version
from release.versions import project_version, set_version

BRANCH = "main"
# Where options stand that go, with the version in which they do
GOING = ("functions/parameters.nf", "src/analysis_jobs/cli/deprecated.py")
_GONE = re.compile(r"""(?:\bgone\s*[:=]\s*|Going\(\s*)['"](\d+\.\d+\.\d+)['"]""")


@dataclass
class Release:
    """What a release has made."""

    version: str
    commit: str
    before: str  # the commit that was checked out
    files: list[Path] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return f"v{self.version}"


def release(project: Repository, version: str, options: Sequence[str], say: Callable[[str], object]) -> Release:
    """Make a release of what is checked out: a commit, a tag, files in dist/, and images; pushes nothing.

    Parameters
    ----------
    project
        The checkout.
    version
        Three numbers with dots.
    options
        Of docker build.
    say
        Is told of each step in words.

    Raises
    ------
    Refused
        If something is in the way. The checkout is as it was then.
    """
    check_version(project, version)
    check_checkout(project)
    check_gone(project, version)
    # Refuses where there is nothing to tell of this version
    changelog.released((project.folder / changelog.NAME).read_text(), version, _today())
    say("checking the code: make lint")
    check_lint(project)
    before = project.commit()
    with project.apart() as apart:
        made = Release(version, _commit_version(apart, version), before)
        say(f"building wheel, source distribution and bills of materials of {made.commit[:10]}")
        made.files = make_dist(apart, project.folder / "dist", say)
        try:
            made.images = _images(apart, options, say)
            _take_over(project, made)
        except BaseException:
            for path in made.files:
                path.unlink()
            raise
    return made


def check_version(project: Repository, version: str) -> None:
    """Refuse what is no version, or none that is newer than the last."""
    numbers = parsed_version(version)
    if not numbers:
        raise Refused(f"{version!r} is not a version: give three numbers with dots, such as VERSION=0.2.0")
    last = project.last_version()
    if numbers <= (parsed_version(last) or ()):
        raise Refused(f"{version} is not newer than {last}, the last release: give a newer one")
    now = project_version(project.folder)
    if numbers < (parsed_version(now) or ()):
        raise Refused(f"{version} is older than {now}, which pyproject.toml has: give that, or a newer one")


def check_checkout(project: Repository) -> None:
    """Refuse a checkout that is not what everybody can have: on another branch, or with changes."""
    if (branch := project.branch()) != BRANCH:
        raise Refused(f"{branch or 'no branch'} is checked out: releases are made on {BRANCH} (git switch {BRANCH})")
    if not project.has_all_of(f"origin/{BRANCH}"):
        raise Refused(f"origin/{BRANCH} has commits that are not here: take them in (git pull)")
    if changes := project.changes():
        more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
        raise Refused(f"{changes[0]}{more} is not committed: commit it, or put it aside (git stash -u)")


def check_gone(project: Repository, version: str) -> None:
    """Refuse a version that was to take no longer what it takes."""
    for name in GOING:
        path = project.folder / name
        gone = _GONE.findall(path.read_text()) if path.exists() else []
        if any((parsed_version(other) or ()) <= (parsed_version(version) or ()) for other in gone):
            raise Refused(f"{name} still takes what was to go with {version}: remove it, and what tells of it")


def check_lint(project: Repository) -> None:
    """Refuse code in which `make lint` finds faults."""
    if subprocess.run(["make", "--silent", "lint"], cwd=project.folder, stdout=sys.stderr).returncode:
        raise Refused("`make lint` finds faults, see above: fix them, and commit that")


def _commit_version(apart: Repository, version: str) -> str:
    """Commit the version and its section of the changelog, and return the commit."""
    path = apart.folder / changelog.NAME
    path.write_text(changelog.released(path.read_text(), version, _today()))
    set_version(apart, version)
    apart.git("commit", "--quiet", "--all", "--message", f"Release {version}")
    return apart.commit()


def _images(apart: Repository, options: Sequence[str], say: Callable[[str], object]) -> list[str]:
    if why := why_no_images():
        say(f"no images are built: {why}")
        return []
    say("building the images")
    return build_images(apart, options)


def _take_over(project: Repository, made: Release) -> None:
    """Tag the commit and check it out: both, or none of them."""
    project.git("tag", "--annotate", "--message", f"Version {made.version}", made.tag, made.commit)
    try:
        project.git("merge", "--quiet", "--ff-only", made.commit)
    except BaseException:
        project.git("tag", "--delete", made.tag)
        raise


def _today() -> date:
    return datetime.now(UTC).date()
