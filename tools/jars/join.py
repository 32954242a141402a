#!/usr/bin/env python3
"""Joins jars to one, since Java looks into every jar for each of the thousands of names that Groovy tries at a start.

Usage: tools/jars/join.py FOLDER NEW

NEW gets the joined jar, and links to those that stay as they are: large ones, which would take their room twice, signed
ones, and those that have another file of a name that is taken. Needs Python only.
"""

import os
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

MANIFEST = "META-INF/MANIFEST.MF"
OURS = "Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\n"
LEFT_OUT = (MANIFEST, "META-INF/INDEX.LIST")
MODULE = "module-info.class"  # not read of a jar on the class path
SERVICES = "META-INF/services/"  # lists, which can be joined, but for
EXTENSIONS = "META-INF/services/org.codehaus.groovy.runtime.ExtensionModule"  # which are properties
SIGNATURES = (".SF", ".DSA", ".RSA", ".EC")
LARGE = 1_000_000  # bytes
LICENCES = ("LICENSE", "NOTICE", "DEPENDENCIES")  # each jar's own, which are to stay


def join(folder: Path, new: Path) -> None:
    """Join the jars of a folder into ``joined.jar`` in a new one."""
    new.mkdir(parents=True)
    taken, services = dict[str, bytes](), defaultdict[str, list[bytes]](list)
    for path in sorted(folder.glob("*.jar")):
        files = files_in(path) if path.stat().st_size < LARGE else {}
        if not files or is_signed(files) or any(taken.get(name, content) != content for name, content in files.items()):
            (new / path.name).symlink_to(os.path.relpath(path.resolve(), new.resolve()))
            continue
        for name in [name for name in files if is_list(name)]:
            services[name].append(files.pop(name))
        taken |= files
    lists = {name: b"\n".join(parts) for name, parts in services.items()}
    with zipfile.ZipFile(new / "joined.jar", "w", zipfile.ZIP_DEFLATED) as joined:
        for name, content in {MANIFEST: OURS, **taken, **lists}.items():
            joined.writestr(name, content)


def files_in(path: Path) -> dict[str, bytes]:
    """Return what is in a jar, by the names that it gets; nothing of what is none."""
    try:
        with zipfile.ZipFile(path) as jar:
            names = [name for name in jar.namelist() if not name.endswith(("/", MODULE)) and name not in LEFT_OUT]
            return {placed(name, path.stem): jar.read(name) for name in names}
    except zipfile.BadZipFile:
        return {}


def placed(name: str, jar: str) -> str:
    folder, _, last = name.rpartition("/")
    return f"{folder}/{jar}/{last}" if folder == "META-INF" and last.startswith(LICENCES) else name


def is_list(name: str) -> bool:
    return name.startswith(SERVICES) and name != EXTENSIONS


def is_signed(names: Iterable[str]) -> bool:
    return any(name.startswith("META-INF/") and name.endswith(SIGNATURES) for name in names)


if __name__ == "__main__":
    join(*map(Path, sys.argv[1:]))
