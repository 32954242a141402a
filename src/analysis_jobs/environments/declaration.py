"""What an analysis declares that it needs: in its own file, or in a file beside it that other tools know as well.

Imports within functions are for a quick start.
"""

import hashlib
import logging
import os
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from analysis_jobs.analysis.code_files import imported_files, python_files
from analysis_jobs.analysis.script_block import script_block
from analysis_jobs.environments.requirements import Requirements, read_text, refuse_sources_here
from analysis_jobs.errors import InvalidInput
from analysis_jobs.json_values import canonical_json
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.wording import shown

log = logging.getLogger(__name__)

DeclarationKind = Literal["script", "uv.lock", "pyproject.toml", "requirements.txt", "environment.yml", "pins"]
# Where an analysis may declare its packages; of several, the first that does counts
DECLARING = ("pyproject.toml", "requirements.txt", "environment.yml", "environment.yaml")
# An option of pip's in an environment.yml: no package of conda's begins so
_OF_PIP = re.compile(r"""(?m)^\s*- *(?P<quote>["']?)(?P<line>-.+?)(?P=quote)(\s+#.*)?\s*$""")


@dataclass(frozen=True)
class Declaration:
    """What an environment is to have.

    Attributes
    ----------
    kind
        Which file it stands in; `pins` are the packages that an environment had.
    by
        What messages call that.
    texts
        The files that are handed to who makes the environment, by name.
    python
        Versions of Python that will do, as `requires-python` has them; an empty text for any.
    nwb
        Whether the code uses `open_nwb`.
    sources
        Whether it uses `open_source` or `source_outputs`, which read results in S3.
    counts
        What of it makes another environment.
    wheels
        Folders of wheels that the texts name, by that name: what is in them makes no other environment.
    """

    kind: DeclarationKind
    by: str
    texts: Mapping[str, str]
    python: str = ""
    nwb: bool = False
    sources: bool = False
    counts: Any = field(default=None, compare=False)
    wheels: Mapping[str, Path] = field(default_factory=dict, compare=False)

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of what of it makes another environment."""
        parts = [self.kind, self.counts or dict(self.texts), self.python, self.nwb, *(["sources"] * self.sources)]
        return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def declared_by(analysis: str) -> Declaration | None:
    """Return what an analysis declares, or None where it declares nothing; an installed module declares nothing.

    Raises
    ------
    InvalidInput
        If a declaration cannot be read, or names what lies on this machine alone.
    """
    path = Path(os.path.abspath(analysis))
    # Not by `Path`, which raises where a folder may not be entered, or a name is too long
    if os.path.isfile(path):
        entry, folder = path, path.parent
    elif os.path.isdir(path):
        folder = path
        entry = next((path / name for name in ("analysis.py", "__init__.py") if (path / name).is_file()), path)
    else:
        return None
    found = _of_script(entry) or _of_project(folder) or _of_requirements(folder) or _of_conda(folder)
    if found is None:
        _tell_what_is_not_read(folder)
        return None
    code = _code(entry, folder, whole=folder == path)
    reads_results = b"open_source" in code or b"source_outputs" in code
    return replace(found, nwb=b"open_nwb" in code, sources=reads_results)


def pins(held: list[str], python: str, by: str) -> Declaration:
    """Return the declaration of an environment that has exactly such packages, and a Python of that version."""
    return Declaration("pins", by, {"pins.txt": "\n".join(held) + "\n"}, f"=={'.'.join(python.split('.')[:2])}.*")


def _of_script(entry: Path) -> Declaration | None:
    if entry.suffix != ".py":
        return None
    block = script_block(_source(entry), entry.name)
    if not block:
        return None
    by = f"the script block of {entry.name}"
    about = _toml(block, by)
    refuse_sources_here(about.get("dependencies", ()), _table(about, "tool", by), by)
    text = "".join(f"# {line}\n" if line else "#\n" for line in ["/// script", *block.split("\n")[:-1], "///"])
    return Declaration("script", by, {"script.py": text}, str(about.get("requires-python", "")), counts=about)


def _of_project(folder: Path) -> Declaration | None:
    path, lock = folder / "pyproject.toml", folder / "uv.lock"
    if not path.is_file():
        return None
    text = read_text(path)
    about = _toml(text, path.name)
    project, tool = _table(about, "project", path.name), _table(about, "tool", path.name)
    # An analysis in a checkout of the pipeline has nothing to do with what the pipeline itself needs
    if "dependencies" not in project or project.get("name") == PIPELINE_NAME:
        return None
    refuse_sources_here(project["dependencies"], tool, path.name)
    counts = [project["dependencies"], tool.get("uv")]
    texts, python = {path.name: text}, str(project.get("requires-python", ""))
    if lock.is_file():
        locked = read_text(lock)
        return Declaration("uv.lock", lock.name, {**texts, lock.name: locked}, python, counts=[*counts, locked])
    return Declaration("pyproject.toml", path.name, texts, python, counts=counts)


def _tell_what_is_not_read(folder: Path) -> None:
    path = folder / "pyproject.toml"
    if not path.is_file():
        return
    about = _toml(read_text(path), path.name)
    project, tool = _table(about, "project", path.name), _table(about, "tool", path.name)
    is_dynamic = "dependencies" in project.get("dynamic", ())
    if is_dynamic or "dependencies" in tool.get("poetry", {}):
        log.warning(
            "pyproject.toml has its packages in %s, which is not read: write them as dependencies of [project], or "
            "into a requirements.txt",
            "a file of its build system (dynamic)" if is_dynamic else "[tool.poetry]",
        )


def _table(about: dict[str, Any], name: str, by: str) -> dict[str, Any]:
    table = about.get(name, {})
    if not isinstance(table, dict):
        raise InvalidInput(f"{by} has {name} = {shown(table)}, where a table [{name}] belongs; fix it")
    return table


def _of_requirements(folder: Path) -> Declaration | None:
    path = folder / "requirements.txt"
    if not path.is_file():
        return None
    read = Requirements(path.name, folder)
    read.read(path.name)
    return Declaration("requirements.txt", path.name, read.texts, wheels=read.wheels)


def _of_conda(folder: Path) -> Declaration | None:
    path = next((folder / name for name in DECLARING[2:] if (folder / name).is_file()), None)
    if path is None:
        return None
    text, read = read_text(path), Requirements(path.name, folder)
    for option in _OF_PIP.finditer(text):
        read.look_at(option["line"], path.name)
    texts = {**read.texts, "environment.yml": text}
    return Declaration("environment.yml", path.name, texts, wheels=read.wheels)


def _code(entry: Path, folder: Path, *, whole: bool) -> bytes:
    try:
        files = python_files(folder) if whole else imported_files(entry, folder)
    except InvalidInput:  # of a newer Python, or broken, which whoever imports it says
        files = [entry]
    return b"\n".join(path.read_bytes() for path in files)


def _source(path: Path) -> str:
    """Return the text of a Python file, in the encoding that it names; of one that Python cannot read, none."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except OSError as error:
        raise InvalidInput(
            f"{path.name} cannot be read: {error.strerror}; check the file and its permissions"
        ) from None
    except (SyntaxError, UnicodeDecodeError):  # which whoever imports it says
        return ""


def _toml(text: str, by: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{by} is not valid TOML: {error}; fix it") from None
