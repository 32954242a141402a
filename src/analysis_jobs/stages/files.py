"""The files that stages hand to each other: batches, JSON lines, and the count of failed jobs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def count_failed(outcomes: Iterable[Mapping[str, Any]]) -> None:
    """Write ``failed.txt`` into the current folder: of how many jobs the state is failed, for those who watch a run."""
    Path("failed.txt").write_text(str(sum(outcome["state"] == "failed" for outcome in outcomes)))


def read_entries(batches: Path) -> Iterator[dict[str, Any]]:
    """Yield every job of the batch files in a folder."""
    for batch in sorted(batches.glob("*.json")):
        yield from json.loads(batch.read_text())["jobs"]


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines."""
    with path.open("w") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines."""
    with path.open() as file:
        for line in file:
            yield json.loads(line)
