"""What the Nextflow code says of its processes: their names, sentences, labels and outputs."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Process:
    """A process of `modules/`: its sentence is the comment above it, its outputs the files that it hands on."""

    name: str
    sentence: str
    labels: frozenset[str]
    outputs: tuple[str, ...]


def processes(project: Path = PROJECT) -> dict[str, Process]:
    """Return all processes by their names."""
    found = [_read(path.read_text()) for path in sorted((project / "modules").glob("*.nf"))]
    return {process.name: process for process in found}


def _read(text: str) -> Process:
    about = re.search(r"^// (.*)\nprocess (\w+) \{$(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert about, f"no process with a comment above it in:\n{text}"
    sentence, name, body = about.groups()
    outputs = body.partition("    output:\n")[2].partition("    script:")[0]
    return Process(
        name,
        sentence,
        frozenset(re.findall(r"label '(\w+)'", body)),
        tuple(re.findall(r"path\(?\s*'([^']+)'", outputs)),
    )


def called(project: Path = PROJECT) -> dict[str, str]:
    """Return what each process is called with in the workflow; of several calls all."""
    text = (project / "workflows" / "analysis.nf").read_text()
    calls: dict[str, str] = {}
    for name, inline, below in re.findall(
        r"^    ([A-Z]+)\((?:([^\n]+)\)|\n(.*?)^    \))$", text, re.MULTILINE | re.DOTALL
    ):
        calls[name] = calls.get(name, "") + inline + below
    return calls
