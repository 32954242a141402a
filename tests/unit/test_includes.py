"""Nextflow 24.10 compiles a file at each ``include`` of it, and all that it includes: a launch waits for that."""

import re
from collections.abc import Iterator
from pathlib import Path

from support.samples import PROJECT

INCLUDE = re.compile(r"^include \{ [^}]+ \} from '([^']+)'", re.MULTILINE)
# What modules need when a task died is compiled for each of them; the rest hardly twice
MOST = 59


def compiled(path: Path) -> Iterator[Path]:
    """Yield a file, and each that is compiled for it, as often as it is."""
    yield path
    for found in INCLUDE.findall(path.read_text()):
        yield from compiled((path.parent / f"{found}.nf").resolve())


def test_a_launch_compiles_few_files() -> None:
    files = list(compiled(PROJECT / "main.nf"))
    assert len(files) <= MOST, {path.name: files.count(path) for path in files if files.count(path) > 1}


def test_every_file_is_included() -> None:
    written = {path for folder in ("workflows", "modules", "functions") for path in (PROJECT / folder).glob("*.nf")}
    assert written < set(compiled(PROJECT / "main.nf"))
