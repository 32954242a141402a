"""The environment: this Python, the packages that the pipeline asks for, and the Python that tasks find on PATH.

Imports within functions are for a quick start.
"""

import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.given import Given
from analysis_jobs.health.programs import Printed, asked_program
from analysis_jobs.pipeline import PIPELINE_NAME, __version__
from analysis_jobs.wording import cut, listed, plural

if TYPE_CHECKING:
    from packaging.requirements import Requirement

NEWEST_PYTHON = (3, 13)  # that the libraries of records take
# Seconds for all imports, which may be slow on a file system that many share
IMPORTING = 20.0
# Extras of this package that the pipeline's own environment has: without the first it does not run, without the second
# no recording can be read
_NEEDED, _READING = {"", "s3", "pipeline"}, {"nwb"}
# What is imported of each distribution, where it is called otherwise, or where more of it is to be tried
MODULES = {
    "aind-data-access-api": "aind_data_access_api.document_db",
    "aind-data-schema": "aind_data_schema.core.metadata",
    "pillow": "PIL.Image",
    "uv": "uv",
}
_IMPORT = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
for name in sys.argv[1:]:
    print(json.dumps(name), flush=True)
    try:
        importlib.import_module(name)
    except BaseException as error:
        print(json.dumps([name, f"{type(error).__name__}: {error}"]), flush=True)
print(json.dumps(None), flush=True)
"""
_ABOUT = """
import json, sys
try:
    from analysis_jobs.pipeline import __version__
except ImportError:
    __version__ = None
print(json.dumps([sys.prefix, __version__]))
"""


def look_at_python() -> Iterator[Said]:
    """Say which Python this is, and whether an environment is active."""
    told = f"Python {platform.python_version()} in {sys.prefix}"
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        yield doubtful(f"{told} is newer than any that was tried; where something breaks, use Python {newest}")
    elif sys.version_info < (3, 12):
        yield fine(f"{told}, which reads no recordings in Zarr version 3")
    else:
        yield fine(told)
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active and not os.path.isdir(active):
        yield doubtful(f"the environment {active} is active and is not there; activate another one")
    elif active and os.path.realpath(active) != os.path.realpath(sys.prefix):
        yield doubtful(
            f"the environment {active} is active, and this command is of {sys.prefix}; activate the one that is meant"
        )


def look_at_packages() -> Iterator[Said]:
    """Compare what is installed with what this package asks for, and import it in another process."""
    try:
        wanted = requires(PIPELINE_NAME) or []
    except PackageNotFoundError:
        yield broken(
            f"{PIPELINE_NAME} is not installed in {sys.prefix}, only its files are found; install it (make setup, or "
            "pip install)"
        )
        return
    needed, reading = requirements_of(wanted, _NEEDED), requirements_of(wanted, _READING)
    lacking, old = _compared(needed)
    if lacking:
        yield broken(f"{sys.prefix} lacks {listed(lacking)}; pip install '{PIPELINE_NAME}[pipeline]'")
    if old:
        yield broken(f"the pipeline needs other versions: {listed(old)}; pip install '{PIPELINE_NAME}[pipeline]'")
    unread = [name for some in _compared(reading) for name in some]
    if unread:
        yield doubtful(
            f"recordings in NWB cannot be read here without {listed(unread)}; pip install '{PIPELINE_NAME}[nwb]'"
        )
    skipped = {*lacking, *(name.split()[0] for name in unread)}
    names = [one.name for one in (*needed, *reading) if one.name not in skipped]
    yield from _imported(list(dict.fromkeys(names)), all_there=not (lacking or old or unread))


def requirements_of(wanted: list[str], extras: set[str]) -> "list[Requirement]":
    """Return those of the lines of requirements that hold here and are of some extras, without this package itself."""
    from packaging.requirements import Requirement

    def holds(one: Requirement) -> bool:
        if one.marker is None:
            return "" in extras
        return any(one.marker.evaluate({"extra": extra}) for extra in extras)

    return [one for one in map(Requirement, wanted) if one.name != PIPELINE_NAME and holds(one)]


def _compared(wanted: "list[Requirement]") -> tuple[list[str], list[str]]:
    """Return which requirements are not there, and which are of another version, in words."""
    lacking, old = [], []
    for one in wanted:
        try:
            there = version(one.name)
        except PackageNotFoundError:
            lacking.append(one.name)
            continue
        if not one.specifier.contains(there, prereleases=True):
            old.append(f"{one.name} {there}, where {one.specifier} is asked for")
    return lacking, old


def _imported(names: list[str], *, all_there: bool) -> Iterator[Said]:
    modules = [MODULES.get(name, name.replace("-", "_")) for name in names]
    answer = asked_program([sys.executable, "-c", _IMPORT, *modules], IMPORTING)
    if answer is None:
        yield doubtful(
            f"the packages of {sys.prefix} could not be imported in {IMPORTING:g} s, as its disk or this machine "
            "is busy; put the environment on a disk of this machine"
        )
        return
    failed = _not_imported(answer)
    for name, why in failed.items():
        yield broken(f"{name} cannot be imported: {cut(why, 300)}; install it again in {sys.prefix}")
    if all_there and not failed:
        yield fine(f"{plural(len(names), 'package')} that the pipeline asks for, all of them can be imported")


def _not_imported(answer: Printed) -> dict[str, str]:
    lines = [json.loads(line) for line in answer.out.splitlines() if line.startswith(('"', "[", "null"))]
    failed = {line[0]: line[1] for line in lines if isinstance(line, list)}
    if not lines or lines[-1] is not None:
        last = next((line for line in reversed(lines) if isinstance(line, str)), "Python")
        said = answer.err.strip().splitlines()
        failed[last] = f"it ends the process ({said[-1] if said else f'status {answer.status}'})"
    return failed


def look_at_path(given: Given) -> Iterator[Said]:
    """Say whether tasks on this machine find a Python with this package."""
    if given.in_images:
        yield fine("tasks run in images, whatever Python is on PATH here")
        return
    found = shutil.which("python")
    if found is None:
        yield broken(
            f"there is no python on PATH, which tasks run with; activate the environment (. {sys.prefix}/bin/activate)"
        )
        return
    # What lies in the current folder is not what is installed
    answer = asked_program([found, "-c", _ABOUT], 8, {"PYTHONSAFEPATH": "1"})
    if answer is None or answer.status:
        why = answer.words if answer else "it does not end"
        yield broken(f"{found}, the python on PATH, does not run ({why}); activate an environment whose Python does")
        return
    prefix, there = json.loads(answer.out)
    if there is None:
        yield broken(
            f"{found}, the python on PATH that tasks run with, has no {PIPELINE_NAME}; activate the environment "
            f"(. {sys.prefix}/bin/activate)"
        )
    elif there != __version__:
        yield broken(
            f"{found}, the python on PATH that tasks run with, has {PIPELINE_NAME} {there}, and this is {__version__}; "
            f"activate one of the two (. {sys.prefix}/bin/activate)"
        )
    elif os.path.realpath(prefix) != os.path.realpath(sys.prefix):
        yield doubtful(
            f"{found}, the python on PATH that tasks run with, is of {prefix}, and this command of {sys.prefix}; "
            "activate the one that is meant"
        )
    else:
        yield fine(f"{found} is the python on PATH, and this one")
