"""Nextflow: which one is found, of which version; read from its files, as to start it takes seconds and leaves some."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.programs import asked_program

OLDEST, NEWEST_TRIED = (24, 10), (25, 4)
_IN_LAUNCHER = re.compile(r"^NXF_VER=\$\{NXF_VER:-'?([\d.]+(?:-\w+)?)'?\}", re.MULTILINE)
_SAID = re.compile(r"nextflow version (\d+\.\d+\.\S+)")
_HEAD = 100_000  # bytes: some launchers have the whole program behind them
_SECONDS = 15


def own_programs() -> Path:
    """Return the folder with the Python that runs this, and with what was installed beside it."""
    return Path(sys.executable).parent


def nextflow_program() -> str | None:
    """Return the `nextflow` that launches here: the one on PATH, else the one in this environment, or None."""
    return shutil.which("nextflow") or shutil.which("nextflow", path=str(own_programs()))


def no_nextflow() -> str:
    """Return the message for a machine without one."""
    return (
        f"there is no nextflow on PATH, nor in {own_programs()}; install Nextflow 24.10 or newer "
        "(https://www.nextflow.io/docs/latest/install.html), or call `make setup` in a checkout"
    )


@dataclass(frozen=True)
class FoundNextflow:
    """The `nextflow` that launches here.

    Attributes
    ----------
    path
        Where it is, links followed.
    version
        Such as `24.10.0`; empty where it does not say.
    text
        How its launcher begins; empty of one that is no script.
    """

    path: Path
    version: str
    text: str

    @property
    def share(self) -> Path:
        """Where `make setup` puts what belongs to the launcher that it installs."""
        return self.path.parent.parent / "share"

    @property
    def is_ours(self) -> bool:
        """Whether `make setup` has installed it."""
        return (self.share / "nextflow" / "version").is_file()


def found_nextflow() -> FoundNextflow | None:
    """Return the `nextflow` that launches here, or None."""
    named = nextflow_program()
    if named is None:
        return None
    path = Path(os.path.realpath(named))
    with path.open("rb") as file:
        text = file.read(_HEAD).decode(errors="replace")
    text = text if text.startswith("#!") else ""
    ours = path.parent.parent / "share" / "nextflow" / "version"
    if ours.is_file():
        return FoundNextflow(path, ours.read_text().strip(), text)
    if in_text := _IN_LAUNCHER.search(text):
        return FoundNextflow(path, os.environ.get("NXF_VER") or in_text[1], text)
    answer = asked_program([named, "-v"], _SECONDS)
    said = _SAID.search(answer.out) if answer else None
    return FoundNextflow(path, said[1] if said else "", text)


def numbers_of(version: str) -> tuple[int, int]:
    """Return year and month of a version; zeros of what is none."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def look_at_nextflow(nextflow: FoundNextflow | None) -> Iterator[Said]:
    """Say whether there is one that the pipeline runs with."""
    oldest = "{}.{:02}".format(*OLDEST)
    if nextflow is None:
        yield broken(no_nextflow())
        return
    told, numbers = f"Nextflow {nextflow.version} at {nextflow.path}", numbers_of(nextflow.version)
    if not nextflow.version:
        yield doubtful(f"{nextflow.path} does not say its version; see whether `nextflow -v` works")
    elif numbers < OLDEST:
        yield broken(f"{told} is too old; install {oldest} or newer (make setup), or unset NXF_VER where that is set")
    elif numbers > NEWEST_TRIED:
        newest = "{}.{:02}".format(*NEWEST_TRIED)
        yield doubtful(
            f"{told} is newer than any that was tried; where something breaks, set NXF_VER to one of {newest}"
        )
    else:
        yield fine(told)
    asked = os.environ.get("NXF_VER")
    if asked and nextflow.is_ours and asked != nextflow.version:
        yield doubtful(f"NXF_VER is {asked}, and {nextflow.path} starts {nextflow.version}; unset NXF_VER")
