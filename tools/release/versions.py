"""The version: in pyproject.toml, and repeated where a file cannot read it there."""

import re
from collections.abc import Iterator
from pathlib import Path

from release.refusal import Refused
from release.repository import Repository

_PLACE = "pyproject.toml"
_OURS = re.compile(r'^version = "(?P<version>[^"]+)"$', re.MULTILINE)
# Ways to say it: as a name or an attribute of its own, of an image or a package, of a tag, as the doctor does
_REPEATED = (
    r"""^\s*(?:__)?"?version"?(?:__)?\s*[=:]\s*(?P<quote>['"]?){}(?P=quote),?$""",
    r"\b(?:aind-analysis-jobs|isi-violations)(?::|==?){}(?![\w.-])",
    r"(?:\s-r |--branch |@)v{}(?![\w.-])",
    r"\bpackage and pipeline are both {}(?![\w.-])",
)
# What tells of earlier versions, what pins others, and what computes it
_LEFT_ALONE = re.compile(r"CHANGELOG\.md|tests/.*|tools/.*|.*\.(?:lock|png|svg|zip|sqlite)")


def project_version(folder: Path) -> str:
    """Return the version in pyproject.toml."""
    found = _OURS.search((folder / _PLACE).read_text())
    if not found:
        raise Refused(f'{_PLACE} has no line version = "..."')
    return found["version"]


def set_version(repository: Repository, new: str) -> list[str]:
    """Write another version into pyproject.toml and wherever it is repeated; return the names of these files."""
    old = project_version(repository.folder)
    changed = []
    for name, text in _texts(repository):
        if (written := _with_version(text, old, new)) != text:
            (repository.folder / name).write_text(written)
            changed.append(name)
    return changed


def _texts(repository: Repository) -> Iterator[tuple[str, str]]:
    for name in repository.files():
        path = repository.folder / name
        if not _LEFT_ALONE.fullmatch(name) and path.is_file() and not path.is_symlink():
            yield name, path.read_text()


def _with_version(text: str, old: str, new: str) -> str:
    for pattern in _REPEATED:
        said = re.compile(pattern.format(re.escape(old)), re.MULTILINE)
        text = said.sub(lambda found: found[0].replace(old, new), text)
    return text
