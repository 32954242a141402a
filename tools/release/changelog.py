"""CHANGELOG.md: a section for each version, and on top of them what is not released yet."""

import re
import sys
from datetime import date
from pathlib import Path

from release.refusal import Refused

NAME = "CHANGELOG.md"
_UNRELEASED = "## [Unreleased]"
_HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?$", re.MULTILINE)


def section(text: str, name: str) -> str:
    """Return what stands under the heading of a version, or of Unreleased."""
    for heading in _HEADING.finditer(text):
        if heading["name"] == name:
            return text[heading.end() :].partition("\n## ")[0].strip()
    raise Refused(f"{NAME} has no heading ## [{name}]: add it")


def released(text: str, version: str, day: date) -> str:
    """Return the text with all that is not released under a heading of this version, and an empty Unreleased on top."""
    if not re.search(r"^- ", section(text, "Unreleased"), re.MULTILINE):
        raise Refused(f"{NAME} has no line under Unreleased: say there what users notice of {version}, and commit it")
    if any(heading["name"] == version for heading in _HEADING.finditer(text)):
        raise Refused(
            f"{NAME} has a section {version} already: put its lines under Unreleased, or take another version"
        )
    return text.replace(_UNRELEASED, f"{_UNRELEASED}\n\n## [{version}] - {day.isoformat()}", 1)


if __name__ == "__main__":  # prints the notes of a version, for its page where it is published
    try:
        print(section((Path(__file__).parents[2] / NAME).read_text(), sys.argv[1]))
    except Refused as refused:
        sys.exit(f"error: {refused}")
