"""Which Python an environment is made with: this one if it will do, else one that is here, else one that uv fetches.

Imports within functions are for a quick start.
"""

import os
import re
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from analysis_jobs.environments.declaration import Declaration
from analysis_jobs.environments.uv import NoNetwork, Refused, run_uv
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import PIPELINE_NAME

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_OWN = ".".join(map(str, sys.version_info[:2]))
_MOST = 40  # minor versions and patches of Python that are thought of


def wanted_python(declaration: Declaration) -> str:
    """Return which Python uv is to take: this one if it will do, else the versions that will.

    Raises
    ------
    InvalidInput
        If what is declared names no versions, or none that this package runs on.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        declared = SpecifierSet(declaration.python)
    except InvalidSpecifier:
        meant = f"=={declaration.python}.*" if re.fullmatch(r"3\.\d+", declaration.python) else ">=3.11"
        raise InvalidInput(
            f"{declaration.by} has requires-python = {declaration.python!r}, which is not a specifier of versions; "
            f"write {meant}"
        ) from None
    if declared.contains(".".join(map(str, sys.version_info[:3]))):
        return _OWN
    ours = SpecifierSet(metadata(PIPELINE_NAME)["Requires-Python"])
    if not _some(declared & ours):
        raise InvalidInput(
            f"{declaration.by} has requires-python = {declaration.python!r}, and {PIPELINE_NAME}, which runs the "
            f"analysis, needs Python {ours}; change it"
        )
    return declaration.python


def make_bare(wanted: str, folder: Path, scratch: Path) -> None:
    """Make an environment with nothing but a Python in it.

    Raises
    ------
    InvalidInput
        If no such Python is here or can be fetched.
    """
    python = sys.executable if wanted == _OWN else _here(wanted, scratch)
    words = ("venv", "--quiet", "--no-project", "--python", python or wanted, folder)
    try:
        run_uv(*words, cwd=scratch)
    except (NoNetwork, Refused) as error:
        if python:
            raise
        raise InvalidInput(
            f"it needs Python {wanted}, which is not on this machine and cannot be fetched ({error}); install it "
            "(with pyenv or apt-get), or change requires-python"
        ) from None


def _here(wanted: str, scratch: Path) -> str | None:
    """Return the path of a Python of this machine, one of pyenv's also where its shims are off, or None."""
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    try:
        return run_uv("python", "find", "--no-python-downloads", "--no-project", wanted, cwd=scratch).strip()
    except (NoNetwork, Refused):
        pass
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    known = [path.parts[-3] for path in versions.glob("3.*/bin/python")]
    plain = [name for name in known if name.replace(".", "").isdecimal()]
    fit = sorted(SpecifierSet(wanted).filter(plain), key=Version)
    return str(versions / fit[-1] / "bin" / "python") if fit else None


def _some(versions: "SpecifierSet") -> bool:
    return any(versions.contains(f"3.{minor}.{patch}") for minor in range(_MOST) for patch in range(_MOST))
