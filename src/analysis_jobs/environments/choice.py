"""Which environment an analysis runs in: that of --environment, and what follows from what it declares.

Imports within functions are for a quick start.
"""

import os
import shlex
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from analysis_jobs.analysis.loading import DECLARED_BY
from analysis_jobs.documents import EnvironmentKind, Inventory, UsedEnvironment
from analysis_jobs.environments.declaration import DECLARING, Declaration, declared_by, pins
from analysis_jobs.environments.inventory import digest_of
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import listed, shown

ACTIVE: Literal["active"] = "active"
AUTO: Literal["auto"] = "auto"
# A task is told by its status that it is no use to try again
_SCRIPT = """\
environment={prefix}
if [ ! -x "$environment/bin/python" ]; then
    why="give --environment_cache a folder that all machines of this launch share"
    echo "error: the environment $environment of the analysis is not on ${{HOSTNAME:-this machine}}: $why" >&2
    exit 2
fi
export VIRTUAL_ENV="$environment" PATH="$environment/bin:$PATH" PYTHONNOUSERSITE=1
export ANALYSIS_DECLARED_BY={declared}
unset PYTHONHOME
"""


@dataclass(frozen=True)
class AnalysisEnvironment:
    """An environment that an analysis can run in.

    Attributes
    ----------
    kind
        The one that is active here, one that was made of a declaration, or one that somebody named.
    prefix
        Its folder.
    declared
        Of one that was made: by which file.
    held
        What it holds, where that is known without asking it.
    seconds
        How long it took to make it now, or None if it was there.
    """

    kind: EnvironmentKind
    prefix: Path
    declared: str = ""
    held: Inventory | None = None
    seconds: float | None = None

    @property
    def is_here(self) -> bool:
        """Whether this process runs in it."""
        return os.path.realpath(self.prefix) == os.path.realpath(sys.prefix)

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.prefix / "bin" / "python"

    def variables(self) -> dict[str, str]:
        """Return the environment variables of a process that runs in it."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        path = f"{self.prefix / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        more = {"VIRTUAL_ENV": str(self.prefix), "PYTHONNOUSERSITE": "1", DECLARED_BY: self.declared}
        return {**kept, "PATH": path, **more}

    def script(self) -> str:
        """Return what a shell does to run in it: nothing is resolved and nothing locked, in the way of no job."""
        return _SCRIPT.format(prefix=shlex.quote(str(self.prefix)), declared=shlex.quote(self.declared))

    def document(self, held: Inventory) -> UsedEnvironment:
        """Return what manifests and records say of it."""
        document: UsedEnvironment = {"kind": self.kind, "python": held["python"], "digest": digest_of(held)}
        if self.kind != ACTIVE:
            document["place"] = str(self.prefix)
            document["packages"] = held["packages"]
        if self.declared:
            document["declared"] = self.declared
        return document


def environment_of(
    analysis: str, asked: str | None = None, cache: Path | None = None, elsewhere: str | None = None
) -> AnalysisEnvironment:
    """Return the environment that an analysis runs in; it is made now if it must be and is not there.

    Parameters
    ----------
    analysis
        As for `analysis_jobs.analysis.source.locate`.
    asked
        As of ``--environment``: `active`, `auto`, the folder of an environment, or None for `auto` where something is
        declared and `active` where not.
    cache
        The folder of environments; None for the user's.
    elsewhere
        Why jobs run where no environment of this machine is, in words: then that of their image is theirs, which
        `ANALYSIS_ENVIRONMENT` names, if the image has one beside its own Python.

    Raises
    ------
    InvalidInput
        If there is none, or it cannot be made.
    """
    if asked and asked not in (ACTIVE, AUTO):
        return _named(Path(asked))
    if asked == AUTO and elsewhere:
        raise InvalidInput(
            f"--environment auto makes an environment on this machine, and tasks run elsewhere ({elsewhere}): build an "
            "image with `analysis-jobs image`, and give it as --analysis_image"
        )
    if elsewhere and not asked and (of_image := os.environ.get("ANALYSIS_ENVIRONMENT")):
        return _named(Path(of_image))
    declaration = None if asked == ACTIVE or elsewhere else declared_by(analysis)
    if declaration:
        return of_declaration(declaration, cache)
    if asked == AUTO:
        raise InvalidInput(
            f"--environment auto needs packages that the analysis declares, and {shown(analysis)} declares none: write "
            f"a script block (# /// script), or {listed(DECLARING[:3])} beside it"
        )
    return AnalysisEnvironment(ACTIVE, Path(sys.prefix))


def of_declaration(declaration: Declaration, cache: Path | None) -> AnalysisEnvironment:
    """Return the environment of a declaration, which is made if it is not there."""
    from analysis_jobs.environments.cache import default_cache, folder_of, found_or_made
    from analysis_jobs.environments.making import environment_name, make

    cache = (cache or default_cache()).absolute()
    made, is_new = found_or_made(cache, environment_name(declaration), partial(make, declaration))
    held: Inventory = {"python": made["python"], "packages": made["packages"]}
    return AnalysisEnvironment(AUTO, folder_of(cache, made), declaration.by, held, made["seconds"] if is_new else None)


def again(used: UsedEnvironment, cache: Path | None = None) -> AnalysisEnvironment:
    """Return an environment as a job had: one that was made and holds the same, or one made anew of its list."""
    from analysis_jobs.environments.cache import default_cache, folder_of, made_in, taken
    from analysis_jobs.environments.own_package import own_digest

    cache = (cache or default_cache()).absolute()
    for name, made in made_in(cache).items():
        held: Inventory = {"python": made["python"], "packages": made["packages"]}
        if digest_of(held) == used["digest"] and made["ours"] == own_digest() and taken(cache, name):
            return AnalysisEnvironment(AUTO, folder_of(cache, made), used.get("declared", ""), held)
    return of_declaration(pins(used.get("packages", []), used["python"], "the record"), cache)


def _named(prefix: Path) -> AnalysisEnvironment:
    prefix = Path(os.path.abspath(prefix))
    if not (prefix / "bin" / "python").exists():
        raise InvalidInput(
            f"--environment {prefix} is not an environment, because it has no bin/python: give active, auto, or "
            "the folder of a venv or of a conda environment"
        )
    return AnalysisEnvironment("path", prefix)
