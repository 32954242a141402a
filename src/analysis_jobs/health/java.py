"""Java, which Nextflow runs on: the one that its launcher takes, and of which version."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.nextflow import FoundNextflow
from analysis_jobs.health.programs import asked_program

OLDEST_JAVA = 17
# Of Nextflow as `make setup` installs it, whose launcher refuses no newer one
NEWEST_JAVA = 25
_RELEASE = re.compile(r'^JAVA_VERSION="(\d+)', re.MULTILINE)
_SAID = re.compile(r'version "(\d+)')
# How Nextflow's own launcher lists those that it starts with
_TAKEN = re.compile(r"\^\((\d+(?:\|\d+)*)\)")
_REMEDY = "install one (make setup brings it, or sudo apt-get install default-jre-headless), or set JAVA_HOME"


def java_candidates(nextflow: FoundNextflow | None) -> list[tuple[Path, str]]:
    """Return the Javas that are asked for, in the order in which launchers take them, and by what."""
    named = os.environ.get
    found: list[tuple[Path, str]] = []
    if (home := named("NXF_JAVA_HOME")) and os.path.isdir(home):
        found.append((Path(home, "bin", "java"), "NXF_JAVA_HOME"))
    if (command := named("JAVA_CMD")) and os.access(command, os.X_OK):
        found.append((Path(command), "JAVA_CMD"))
    if (home := named("JAVA_HOME")) and os.path.isdir(home):
        found.append((Path(home, "bin", "java"), "JAVA_HOME"))
    if nextflow and nextflow.is_ours and (own := nextflow.share / "java" / "bin" / "java").exists():
        found.append((own, "make setup"))
    if on_path := shutil.which("java"):
        found.append((Path(on_path), "PATH"))
    return found


def java_version(java: Path) -> int | None:
    """Return the version of a Java, such as 21; None of what is none, or does not run."""
    release = Path(os.path.realpath(java)).parent.parent / "release"
    if release.is_file() and (found := _RELEASE.search(release.read_text(errors="replace"))):
        return int(found[1])
    try:
        answer = asked_program([str(java), "-version"], 8)
    except OSError:
        return None
    said = _SAID.search(answer.err + answer.out) if answer else None
    return int(said[1]) if said else None


def newest_java(nextflow: FoundNextflow | None) -> int:
    """Return the newest Java that a launcher starts with, as it says itself."""
    lists = [] if nextflow is None or nextflow.is_ours else _TAKEN.findall(nextflow.text)
    # Others are for older versions of Nextflow, or for what only some Javas have
    return max((int(each.split("|")[-1]) for each in lists if str(OLDEST_JAVA) in each.split("|")), default=NEWEST_JAVA)


def look_at_java(nextflow: FoundNextflow | None) -> Iterator[Said]:
    """Say which Java Nextflow would run on, and whether it can."""
    for name in ("NXF_JAVA_HOME", "JAVA_HOME"):
        if (home := os.environ.get(name)) and not os.path.isdir(home):  # launchers pass over it
            yield doubtful(f"{name} names {home}, which is not there; change it, or unset {name}")
    candidates = java_candidates(nextflow)
    if not candidates:
        yield broken(f"there is no Java, which Nextflow runs on; {_REMEDY}")
        return
    first = candidates[0]
    # The launcher of `make setup` goes on to the next where one will not do
    usable = candidates if nextflow and nextflow.is_ours else [first]
    tried = ((java, by, java_version(java)) for java, by in usable)
    java, by, version = next((one for one in tried if (one[2] or 0) >= OLDEST_JAVA), (*first, java_version(first[0])))
    newest = newest_java(nextflow)
    if version is None:
        there = "does not run" if java.exists() else "is not there"
        yield broken(f"{java}, which {by} names, {there}; {_REMEDY}")
    elif version < OLDEST_JAVA:
        yield broken(
            f"Java {version} at {java}, which {by} names, is too old, as Nextflow needs {OLDEST_JAVA}; {_REMEDY}"
        )
    elif version > newest and nextflow and not nextflow.is_ours:
        yield broken(
            f"Java {version} at {java} is too new for Nextflow {nextflow.version}, which takes {OLDEST_JAVA} to "
            f"{newest}; set NXF_JAVA_HOME to the folder of one of these"
        )
    elif version > newest:
        yield doubtful(
            f"Java {version} at {java} is newer than any that was tried; where Nextflow does not start, set "
            "NXF_JAVA_HOME to the folder of Java 21"
        )
    else:
        yield fine(f"Java {version} at {java}, which {by} names")
    if java != first[0]:
        yield doubtful(
            f"{first[0]}, which {first[1]} names, is not a Java for Nextflow; set {first[1]} to one, or unset it"
        )
