#!/usr/bin/env python3
"""Writes a list of jars anew, as Maven resolves what the head of the list asks for; `make jars` does so for all.

Usage: tools/jars/lock.py LIST...    (needs Maven; who only fetches the files does not)

In the head of a list, `# wants GROUP:NAME:VERSION` is a jar with all that it needs, `# without GROUP:NAME` leaves one
out of that, and `# aligns GROUP:NAME:VERSION` takes versions from another project's list (a BOM).
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_ASKED = re.compile(r"^# (wants|without|aligns) (\S+)$", re.MULTILINE)
POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>aind-analysis-jobs</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <dependencyManagement><dependencies>{aligned}</dependencies></dependencyManagement>
  <dependencies>{dependencies}</dependencies>
</project>
"""


def pom(head: str) -> str:
    """Return what Maven is to resolve."""
    asked = _ASKED.findall(head)
    named = {word: [one.split(":") for what, one in asked if what == word] for word in ("wants", "without", "aligns")}
    exclusions = "".join(f"<exclusion>{_tags(names)}</exclusion>" for names in named["without"])
    return POM.format(
        aligned="".join(
            f"<dependency>{_tags(names)}<type>pom</type><scope>import</scope></dependency>" for names in named["aligns"]
        ),
        dependencies="".join(
            f"<dependency>{_tags(names)}<exclusions>{exclusions}</exclusions></dependency>" for names in named["wants"]
        ),
    )


def _tags(names: Iterable[str]) -> str:
    tags = ("groupId", "artifactId", "version")
    return "".join(f"<{tag}>{name}</{tag}>" for tag, name in zip(tags, names, strict=False))


def resolve(head: str) -> list[str]:
    """Return a line for each jar: its SHA-256 and its path in Maven Central."""
    with tempfile.TemporaryDirectory() as scratch:
        file, jars = Path(scratch) / "pom.xml", Path(scratch) / "jars"
        file.write_text(pom(head))
        options = ["-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true", f"-DoutputDirectory={jars}"]
        command = [
            "mvn",
            "-q",
            "-B",
            "--strict-checksums",
            "-Dstyle.color=never",
            "-f",
            str(file),
            f"{PLUGIN}:copy-dependencies",
            *options,
        ]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        found = sorted(jars.rglob("*.jar"))
        assert len({jar.name for jar in found}) == len(found), "two jars of one name: they go into one folder"
        return [f"{hashlib.sha256(jar.read_bytes()).hexdigest()} {jar.relative_to(jars).as_posix()}" for jar in found]


if __name__ == "__main__":
    for listing in map(Path, sys.argv[1:]):
        head = "".join(line for line in listing.read_text().splitlines(keepends=True) if line.startswith("#"))
        listing.write_text(head + "\n".join(resolve(head)) + "\n")
