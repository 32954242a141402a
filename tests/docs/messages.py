"""The messages that a user of the project can meet, each as it stands in the source, with `…` for what is put in."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from .blocks import PROJECT
from .python_messages import GAP, SAID, Messages, plain, words

PYTHON = ("src/**/*.py", "bin/*.py", "examples/**/*.py", "tools/jars/fetch.py")
GROOVY = ("main.nf", "workflows/*.nf", "modules/*.nf", "functions/*.nf", "examples/*/main.nf")
SHELL = ("Makefile", "tools/install-nextflow", "tools/find-java", "tools/nextflow/*", "tools/build-images")
_GROOVY = re.compile(r'\berror[ (]"')
_SHELL = re.compile(r'\b(?:die|echo) "(?P<text>(?:\\.|\$\([^)]*\)|[^"\\])*)"(?P<rest>[^\n]*)')


@cache
def all_messages() -> dict[str, str]:
    """Return every message with the file that it comes from."""
    found: dict[str, str] = {}
    for text, path in [*Messages(_paths(PYTHON)), *_of(GROOVY, groovy_messages), *_of(SHELL, shell_messages)]:
        found.setdefault(text, path.relative_to(PROJECT).as_posix())
    return found


def _paths(patterns: Iterable[str]) -> list[Path]:
    return sorted(path for pattern in patterns for path in PROJECT.glob(pattern))


def _of(patterns: Iterable[str], read: Callable[[str], Iterator[str]]) -> Iterator[tuple[str, Path]]:
    for path in _paths(patterns):
        yield from ((text, path) for text in read(path.read_text()))


def groovy_messages(source: str) -> Iterator[str]:
    """Yield what `error "..."` says in a Nextflow script."""
    for found in _GROOVY.finditer(source):
        yield plain(_groovy_text(source, found.end()))


def _groovy_text(source: str, start: int) -> str:
    """Return the text from here to its closing quote; what is put in may hold quotes and braces itself."""
    text, depth, position = "", 0, start
    while depth or source[position] != '"':
        if source.startswith("${", position):
            text += GAP if not depth else ""
            depth, position = depth + 1, position + 2
        elif depth:
            depth, position = depth + {"{": 1, "}": -1}.get(source[position], 0), position + 1
        else:
            position += source[position] == "\\"
            text, position = text + source[position], position + 1
    return text


def shell_messages(source: str) -> Iterator[str]:
    """Yield what a script or a Makefile says to standard error."""
    for found in _SHELL.finditer(source):
        if found[0].startswith("die") or ">&2" in found["rest"]:
            gaps = r"\$\([^)]*\)+|\$\{[^}]*\}|\$\w+"
            text = plain(re.sub(gaps, GAP, re.sub(r'\$\(<"[^"]*"\)', GAP, found["text"])))
            if words(text) >= SAID:  # less where all of it is put in
                yield text
