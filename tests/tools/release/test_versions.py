"""The version: one place, and all that repeat it."""

import re

import pytest
from release.refusal import Refused
from release.repository import Repository
from release.versions import project_version, set_version


def test_every_place_gets_the_new_one(small: Repository) -> None:
    assert project_version(small.folder) == "0.1.0"
    assert sorted(set_version(small, "0.2.0")) == ["README.md", "pyproject.toml", "small/__init__.py"]
    assert project_version(small.folder) == "0.2.0"
    assert (small.folder / "README.md").read_text() == "| `--base_image` | `aind-analysis-jobs:0.2.0` |\n"


@pytest.mark.parametrize(
    "line",
    [
        "    version         = '0.1.0'",
        '    "version": "0.1.0",',
        "version=0.1.0",
        "FROM aind-analysis-jobs:0.1.0",
        '"isi-violations:0.1.0"',
        "pip install aind-analysis-jobs==0.1.0",
        "nextflow run lab/aind-analysis-jobs -r v0.1.0 --jobs jobs",
        "git clone --branch v0.1.0 URL",
        "pip install aind-analysis-jobs@v0.1.0",
    ],
)
def test_ways_to_repeat_it(small: Repository, line: str) -> None:
    (small.folder / "README.md").write_text(f"{line}\n")
    set_version(small, "0.2.0")
    assert (small.folder / "README.md").read_text() == line.replace("0.1.0", "0.2.0") + "\n"


@pytest.mark.parametrize(
    "line",
    ["other==0.1.0", "since 0.1.0", "from v0.1.0 on", "version = '0.1.01'", "aind-analysis-jobs:0.1.0.dev1", "10.1.0"],
)
def test_other_texts_stay(small: Repository, line: str) -> None:
    (small.folder / "README.md").write_text(f"{line}\n")
    set_version(small, "0.2.0")
    assert (small.folder / "README.md").read_text() == f"{line}\n"


def test_locks_tests_and_the_changelog_stay(small: Repository) -> None:
    names = ("CHANGELOG.md", "requirements.lock", "tests/test_a.py")
    (small.folder / "tests").mkdir()
    for name in names:
        (small.folder / name).write_text("version = '0.1.0'\naind-analysis-jobs==0.1.0\n")
    small.git("add", ".")
    assert set(set_version(small, "0.2.0")).isdisjoint(names)


def test_no_version_is_refused(small: Repository) -> None:
    (small.folder / "pyproject.toml").write_text("[project]\ndynamic = ['version']\n")
    with pytest.raises(Refused, match=r'pyproject.toml has no line version = "..."'):
        project_version(small.folder)


def test_our_own_is_nowhere_left(whole: Repository) -> None:
    """Whatever says our version, as an image, a tag or a name of its own, says the new one."""
    old = project_version(whole.folder)
    assert {"pyproject.toml", "docs/parameters.md"} <= set(set_version(whole, "77.0.0"))
    whole.git("commit", "--quiet", "--all", "--message", "New")
    elsewhere = [":!tests", ":!tools", ":!CHANGELOG.md", ":!*.lock"]
    said = whole.git("grep", "-n", "-w", "-F", "-e", old, "--or", "-e", "77.0.0", "--", *elsewhere).splitlines()
    assert [line for line in said if re.search(rf"\b{re.escape(old)}\b", line) and _OURS.search(line)] == []


_OURS = re.compile(r"aind-analysis-jobs|isi-violations|version", re.IGNORECASE)
