"""The changelog: sections, the heading of a new version, and our own."""

import re
import subprocess
import sys
from datetime import date

import pytest
from release.changelog import NAME, released, section
from release.refusal import Refused
from support.samples import PROJECT

from .conftest import CHANGELOG

DAY = date(2026, 12, 1)


def test_what_is_not_released_gets_a_heading() -> None:
    text = released(CHANGELOG, "0.2.0", DAY)
    assert section(text, "Unreleased") == ""
    assert section(text, "0.2.0") == "### Added\n\n- A word."
    assert section(text, "0.0.9") == "- An old word."
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added" in text


@pytest.mark.parametrize("text", ["## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n## [0.1.0]\n\n- Old.\n"])
def test_nothing_to_tell_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"CHANGELOG.md has no line under Unreleased"):
        released(text, "0.2.0", DAY)


def test_a_version_that_is_there_is_refused() -> None:
    with pytest.raises(Refused, match=r"CHANGELOG.md has a section 0.0.9 already"):
        released(CHANGELOG, "0.0.9", DAY)


def test_no_heading_is_refused() -> None:
    with pytest.raises(Refused, match=r"has no heading ## \[Unreleased\]"):
        released("# Changelog\n", "0.2.0", DAY)


def test_the_notes_of_a_version_are_printed() -> None:
    program = [sys.executable, "-m", "release.changelog"]
    tools = PROJECT / "tools"
    printed = subprocess.run([*program, "Unreleased"], cwd=tools, capture_output=True, text=True)
    assert printed.stdout.strip() == section((PROJECT / NAME).read_text(), "Unreleased")
    missing = subprocess.run([*program, "99.0.0"], cwd=tools, capture_output=True, text=True)
    assert (missing.returncode, missing.stderr) == (1, "error: CHANGELOG.md has no heading ## [99.0.0]: add it\n")


def test_our_own_has_its_versions_from_new_to_old() -> None:
    headings = re.findall(r"^## (.*)$", (PROJECT / NAME).read_text(), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    versions = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    assert all(versions), headings
    numbers = [tuple(map(int, version.groups())) for version in versions if version]
    assert numbers == sorted(numbers, reverse=True)
