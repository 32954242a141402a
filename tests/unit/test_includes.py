"""Nextflow 24.10 compiles a file at each ``include`` of it, and all that it includes: a launch waits for that."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.samples import PROJECT

INCLUDE = re.compile(r"^include \{ [^}]+ \} from '([^']+)'", re.MULTILINE)
# The small files that many include; the rest hardly twice
MOST = 51
# Of an input or output of a process, outside of parentheses
OPTION = re.compile(r"^    (path|tuple|val|stdout)\b.* \w+: ")


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


@pytest.mark.parametrize("module", sorted((PROJECT / "modules").glob("*.nf")), ids=lambda path: path.stem)
def test_options_are_in_parentheses(module: Path) -> None:
    """Else the parser of Groovy reads the file in vain, and once more in another way, which takes far longer."""
    lines = (re.sub(r"\(.*\)|//.*", "", line) for line in module.read_text().splitlines())
    assert [line for line in lines if OPTION.match(line)] == []
